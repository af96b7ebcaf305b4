<?php

declare(strict_types=1);

/** Made-up people from many countries: the same ones at every run. */
final class People
{
    private const PLACES = [
        ['Deutschland', 'Hamburg', '20095', 'Mönckebergstraße', '+49 40', ['Jürgen', 'Anke', 'Sören', 'Käthe'], ['Müller', 'Groß', 'Weiß', 'Schäfer']],
        ['Schweiz', 'Zürich', '8001', 'Bahnhofstrasse', '+41 44', ['Urs', 'Heidi', 'Reto', 'Annegret'], ['Rüegg', 'Zwicky', 'Bächli', "d'Aubigné"]],
        ['France', 'Orléans', '45000', 'Rue de la République', '+33 2', ['Anaïs', 'Noël', 'Françoise', 'Jérôme'], ['Lefèvre', "L'Hôpital", 'Dœuff', 'Garçon']],
        ['Polska', 'Łódź', '90-001', 'ulica Piotrkowska', '+48 42', ['Łukasz', 'Zofia', 'Świętosława', 'Michał'], ['Wójcik', 'Kowalczyk-Źrebiec', 'Dąbrowska', 'Żuk']],
        ['Česko', 'Plzeň', '301 00', 'Náměstí Republiky', '+420 377', ['Jiří', 'Božena', 'Řehoř', 'Kateřina'], ['Dvořák', 'Čapková', 'Šťastný', 'Němcová']],
        ['Ísland', 'Reykjavík', '101', 'Laugavegur', '+354 5', ['Þór', 'Guðrún', 'Ægir', 'Björk'], ['Jónsdóttir', 'Sigurðsson', 'Þorsteinsson', 'Óskarsdóttir']],
        ['Türkiye', 'İzmir', '35210', 'Cumhuriyet Bulvarı', '+90 232', ['Işıl', 'Gökçe', 'Çağrı', 'Ümit'], ['Yılmaz', 'Öztürk', 'Şahin', 'Ağaoğlu']],
        ['Ελλάδα', 'Αθήνα', '105 57', 'Οδός Ερμού', '+30 21', ['Γιώργος', 'Ελένη', 'Σοφία', 'Νίκος'], ['Παπαδόπουλος', 'Οικονόμου', 'Γεωργίου', 'Αντωνίου']],
        ['Україна', 'Київ', '01001', 'вулиця Хрещатик', '+380 44', ['Олена', 'Тарас', 'Юлія', 'Богдан'], ['Шевченко', 'Коваль', 'Лисенко', "Дем'яненко"]],
        ['日本', '東京', '100-0001', '千代田区丸の内', '+81 3', ['花子', '健太', '美咲', '翔'], ['佐藤', '髙橋', '渡邊', '鈴木']],
        ['中国', '上海', '200000', '南京东路', '+86 21', ['伟', '芳', '秀英', '敏'], ['王', '李', '张', '欧阳']],
        ['대한민국', '서울', '04524', '세종대로', '+82 2', ['민준', '서연', '지훈', '하은'], ['김', '이', '박', '남궁']],
        ['الإمارات', 'دبي', '00000', 'شارع الشيخ زايد', '+971 4', ['محمد', 'فاطمة', 'يوسف', 'ليلى'], ['الهاشمي', 'النجار', 'المنصوري', 'حداد']],
        ['ישראל', 'תל אביב', '6100000', 'שדרות רוטשילד', '+972 3', ['נועה', 'דוד', 'יעל', 'אריאל'], ['כהן', 'לוי', 'מזרחי', 'פרץ']],
        ['Brasil', 'São Paulo', '01310-100', 'Avenida Paulista', '+55 11', ['João', 'Conceição', 'Antônio', 'Júlia'], ['Gonçalves', 'Araújo', 'Simões', 'da Conceição e Silva']],
        ['Éire', 'Dún Laoghaire', 'A96 X6F2', 'Sráid Sheoirse', '+353 1', ['Siobhán', 'Seán', 'Róisín', 'Pádraig'], ["O'Brien", 'Ní Dhomhnaill', "Mac Giolla Bhríde", 'Ó Súilleabháin']],
        ['United States', 'Portland', '97205', 'SW Broadway', '+1 503', ['Jack', 'Mary-Ann', 'DeShawn', 'Zoë'], ['Smith & Sons', 'O"Hara', 'van der Berg', 'McDonald']],
        ['Việt Nam', 'Hà Nội', '100000', 'Phố Tràng Tiền', '+84 24', ['Hương', 'Dũng', 'Thảo', 'Đức'], ['Nguyễn', 'Trần', 'Lê', 'Đặng']],
    ];

    private const JOBS = ['Einkauf', 'Directrice générale', 'Head of R&D', 'Zastępca kierownika', 'Buchhaltung', '営業部長', 'CTO', 'Owner'];
    private const FIRMS = ['Muster & Söhne AG', 'Ateliers "Lumière"', 'Nordic <Data> AS', 'Żuraw Sp. z o.o.', 'Atlas Holding', '丸の内商事', 'Kadıköy Ltd.'];
    private const NOTES = [
        null, null, "Met at the fair.\nCall back in spring.", 'Likes tea 🍵, no calls before ten.', "1. offer\n2. contract\n\t(signed)",
        'Prefers letters; "no e-mail, please" & <b>no</b> fax.', '👩‍👩‍👧 family of three — 𠜎 in the name',
    ];
    private const TAGS = [null, 'VIP', 'Customer, Newsletter', 'Supplier', 'Fair 2026, Customer', 'Köln'];

    /**
     * Person number $number, as columns of the contacts table.
     *
     * @return array<string, string|null>
     */
    public static function person(int $number): array
    {
        $pick = static function (array $from, int $salt) use ($number): mixed {
            return $from[crc32("$number/$salt") % count($from)];
        };
        [$country, $city, $zip, $street, $code, $given, $family] = $pick(self::PLACES, 1);
        $works = crc32("$number/works") % 3 > 0;
        return [
            'first_name' => $pick($given, 2),
            'last_name' => $pick($family, 3),
            'company' => $works ? $pick(self::FIRMS, 4) . ' · ' . (1 + $number % 997) : null,
            'job_title' => $works ? $pick(self::JOBS, 5) : null,
            'email' => "person.$number@example.com",
            'phone' => $code . ' ' . (100000 + crc32("$number/phone") % 899999),
            'mobile' => $number % 2 === 0 ? '+49 170 ' . (1000000 + crc32("$number/mobile") % 8999999) : null,
            'street' => $street . ' ' . (1 + crc32("$number/house") % 200) . ($number % 7 === 0 ? "\n2. Stock" : ''),
            'zip' => $zip,
            'city' => $city,
            'country' => $country,
            'birthday' => $number % 3 === 0 ? date('Y-m-d', crc32("$number/birthday") % (110 * 365 * 86400) - 60 * 365 * 86400) : null,
            'notes' => $pick(self::NOTES, 6),
            'tags' => $pick(self::TAGS, 7),
        ];
    }
}
