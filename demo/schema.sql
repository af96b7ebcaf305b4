CREATE TABLE contacts (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    first_name VARCHAR(60) NULL,
    last_name VARCHAR(80) NULL,
    company VARCHAR(120) NULL,
    job_title VARCHAR(80) NULL,
    email VARCHAR(190) NULL,
    phone VARCHAR(40) NULL,
    mobile VARCHAR(40) NULL,
    street VARCHAR(200) NULL,
    zip VARCHAR(20) NULL,
    city VARCHAR(80) NULL,
    country VARCHAR(80) NULL,
    birthday DATE NULL,
    notes TEXT NULL,
    tags VARCHAR(255) NULL,
    rating INT NOT NULL DEFAULT 0,
    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    KEY contacts_email (email)
) DEFAULT CHARSET = utf8mb4;

CREATE TABLE orders (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    contact_id INT UNSIGNED NOT NULL,
    number VARCHAR(20) NOT NULL,
    CONSTRAINT orders_contact FOREIGN KEY (contact_id) REFERENCES contacts (id)
) DEFAULT CHARSET = utf8mb4;
