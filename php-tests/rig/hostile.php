<?php

/**
 * php hostile.php KIND [TARGET]: prints its port, then treats every request as KIND says, until it is killed. TARGET is where a redirect leads. Each
 * connection and each Authorization header is a line in the file that LOG names.
 */

declare(strict_types=1);

[, $kind] = $argv;
$target = $argv[2] ?? '';
$log = (string) getenv('LOG');
$server = stream_socket_server('tcp://127.0.0.1:0') ?: exit(1);
preg_match('/:(\d+)$/', (string) stream_socket_get_name($server, false), $port);
echo $port[1], "\n";

$open = '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    . ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body>';
$close = '</s:Body></s:Envelope>';
$answer = static fn (string $body, string $more = '', string $status = '200 OK'): string => "HTTP/1.1 $status\r\nContent-Type: text/xml; charset=utf-8\r\n$more"
    . 'Content-Length: ' . strlen($body) . "\r\nConnection: close\r\n\r\n$body";
$chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
$chunk = static fn (string $bytes): string => dechex(strlen($bytes)) . "\r\n$bytes\r\n";
$laughs = '<!DOCTYPE s:Envelope [<!ENTITY lol0 "lol">';
for ($n = 1; $n < 10; $n++) {
    $laughs .= "<!ENTITY lol$n \"" . str_repeat('&lol' . ($n - 1) . ';', 10) . '">';
}
// A gigabyte in a megabyte: after a full flush a block stands for itself, and can be sent again and again.
$packed = static function (string $start, string $filler): string {
    $gzip = deflate_init(ZLIB_ENCODING_GZIP, ['level' => 9]);
    $block = str_repeat($filler, intdiv(1 << 20, strlen($filler)));
    $bytes = deflate_add($gzip, $start, ZLIB_FULL_FLUSH) . deflate_add($gzip, $block, ZLIB_FULL_FLUSH);
    return $bytes . str_repeat((string) deflate_add($gzip, $block, ZLIB_FULL_FLUSH), 1023);
};
$bomb = match ($kind) {
    'gzip bomb' => $packed($open, '<m:X/>'),
    'gzip bomb of zeros' => $packed($open, "\0"),
    default => '',
};

// Once, or first this and then that again and again after a pause in microseconds.
[$once, $again, $pause] = match ($kind) {
    'redirect 301', 'redirect 302', 'redirect 307', 'redirect 308' => [$answer('<html></html>', "Location: $target\r\n", substr($kind, 9) . ' Elsewhere'), '', 0],
    'endless elements' => [$chunked . $chunk($open), $chunk(str_repeat('<m:X><m:Y>text</m:Y></m:X>', 10_000)), 0],
    'endless text' => [$chunked . $chunk($open), $chunk(str_repeat('x', 200_000)), 0],
    'endless headers' => ["HTTP/1.1 200 OK\r\n", 'X-More: ' . str_repeat('y', 8_000) . "\r\n", 0],
    'a gigabyte announced' => ["HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1000000000\r\n\r\n$open", str_repeat('<m:X/>', 20_000), 0],
    'laughs' => [$answer($laughs . "]>$open&lol9;$close"), '', 0],
    'external entity' => [$answer("<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>$open&f;$close"), '', 0],
    'unknown entity' => [$answer("$open<s:Fault><faultstring>&lol9;</faultstring></s:Fault>$close"), '', 0],
    'deep' => [$answer($open . str_repeat('<m:a>', 100_000) . str_repeat('</m:a>', 100_000) . $close), '', 0],
    'wide' => [$answer("$open<m:a " . implode(' ', array_map(static fn (int $n): string => "a$n='1'", range(1, 100_000))) . "/>$close"), '', 0],
    'gzip bomb', 'gzip bomb of zeros' => [$answer($bomb, "Content-Encoding: gzip\r\n"), '', 0],
    'drip of a body' => [$chunked . $chunk($open), $chunk(' '), 100_000],
    'drip of a head' => ["HTTP/1.1 200 OK\r\nX: ", 'y', 100_000],
    'log-in page' => [$answer('<html><form action="/owa/auth.owa"><input name="password"></form></html>'), '', 0],
    'json' => [$answer('{"error":"no"}'), '', 0],
    'empty' => [$answer(''), '', 0],
    'binary' => [$answer("\x00\x01\xff\xfe\x80 binary"), '', 0],
    'utf-16' => [$answer("\xfe\xff" . mb_convert_encoding("$open$close", 'UTF-16BE')), '', 0],
    'cut' => [substr($answer("$open<m:SyncFolderItemsResponse><m:ResponseMessages>"), 0, -20), '', 0],
    'closed at once' => ['', '', 0],
    'closed in the head' => ["HTTP/1.1 200 OK\r\nContent-", '', 0],
    'http 0.9' => ['<html>It works</html>', '', 0],
    'tls' => ["\x15\x03\x01\x00\x02\x02\x46", '', 0],
    'mute' => ['', '', -1],
    default => exit(1),
};

$children = 0;
while (true) {
    $client = @stream_socket_accept($server, 3600);
    if ($client === false) {
        continue;
    }
    file_put_contents($log, "connection\n", FILE_APPEND);
    $length = 0;
    while (($line = fgets($client)) !== false && trim($line) !== '') {
        if (stripos($line, 'content-length:') === 0) {
            $length = (int) substr($line, 15);
        } elseif (stripos($line, 'authorization:') === 0) {
            file_put_contents($log, "credentials\n", FILE_APPEND);
        }
    }
    while ($length > 0 && ($part = fread($client, $length)) !== false && $part !== '') {
        $length -= strlen($part);
    }
    file_put_contents($log, "request\n", FILE_APPEND);
    if ($pause < 0) {
        // Nothing, until the other side has had enough.
        fread($client, 1);
        file_put_contents($log, "closed\n", FILE_APPEND);
        continue;
    }
    for ($sent = @fwrite($client, $once); $again !== '' && $sent !== false; $sent = @fwrite($client, $again)) {
        usleep($pause);
    }
    fclose($client);
    file_put_contents($log, "closed\n", FILE_APPEND);
}
