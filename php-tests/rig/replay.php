<?php

/**
 * php replay.php RECORDED...: prints its port, then answers as a server whose folder holds the contacts of recorded GetItem answers, until
 * it is killed. The items are those of the real server, to the byte; the list that names them is made here.
 */

declare(strict_types=1);

$items = [];
$folder = '';
foreach (array_slice($argv, 1) as $file) {
    $answer = (string) file_get_contents($file);
    preg_match('~<m:GetItemResponseMessage .*</m:GetItemResponseMessage>~s', $answer, $message) || exit(1);
    preg_match('~<t:ItemId Id="([^"]+)" ChangeKey="([^"]+)"/>~', $answer, $id) || exit(1);
    preg_match('~<t:ParentFolderId Id="([^"]+)"~', $answer, $parent) || exit(1);
    $items[$id[1]] = ['key' => $id[2], 'message' => $message[0]];
    $folder = $parent[1];
}

$envelope = static fn (string $operation, string $messages): string => '<?xml version="1.0" encoding="utf-8"?>'
    . '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="2"'
    . ' xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header><s:Body>'
    . "<m:{$operation}Response xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\""
    . ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">'
    . "<m:ResponseMessages>$messages</m:ResponseMessages></m:{$operation}Response></s:Body></s:Envelope>";
$success = static fn (string $operation, string $inner): string => $envelope(
    $operation,
    "<m:{$operation}ResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>$inner</m:{$operation}ResponseMessage>",
);

$answer = static function (string $request) use ($items, $folder, $envelope, $success): string {
    preg_match('~<(?:\w+:)?Body><(?:\w+:)?(\w+)~', $request, $operation);
    switch ($operation[1] ?? '') {
        case 'GetFolder':
            return $success('GetFolder', "<m:Folders><t:ContactsFolder><t:FolderId Id=\"$folder\" ChangeKey=\"AQAAAA==\"/>"
                . '<t:FolderClass>IPF.Contact</t:FolderClass><t:DisplayName>Recorded</t:DisplayName><t:TotalCount>' . count($items) . '</t:TotalCount></t:ContactsFolder></m:Folders>');
        case 'SyncFolderItems':
            $changes = '';
            foreach (str_contains($request, 'SyncState>') ? [] : $items as $id => $item) {
                $changes .= "<t:Create><t:Contact><t:ItemId Id=\"$id\" ChangeKey=\"$item[key]\"/></t:Contact></t:Create>";
            }
            return $success('SyncFolderItems', '<m:SyncState>recorded</m:SyncState><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>'
                . "<m:Changes>$changes</m:Changes>");
        case 'GetItem':
            preg_match_all('~<t:ItemId Id="([^"]+)"~', $request, $ids);
            return $envelope('GetItem', implode('', array_map(static fn (string $id): string => $items[$id]['message'], $ids[1])));
        default:
            return '';
    }
};

$server = stream_socket_server('tcp://127.0.0.1:0') ?: exit(1);
preg_match('/:(\d+)$/', (string) stream_socket_get_name($server, false), $port);
echo $port[1], "\n";
while (true) {
    $client = @stream_socket_accept($server, 3600);
    if ($client === false) {
        continue;
    }
    $length = 0;
    while (($line = fgets($client)) !== false && trim($line) !== '') {
        if (stripos($line, 'content-length:') === 0) {
            $length = (int) substr($line, 15);
        }
    }
    $request = '';
    while (strlen($request) < $length && ($part = fread($client, $length - strlen($request))) !== false && $part !== '') {
        $request .= $part;
    }
    $body = $answer($request);
    $status = $body === '' ? '500 Internal Server Error' : '200 OK';
    fwrite($client, "HTTP/1.1 $status\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: " . strlen($body) . "\r\nConnection: close\r\n\r\n$body");
    fclose($client);
}
