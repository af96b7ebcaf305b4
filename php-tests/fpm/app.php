<?php

/** What the php-fpm workers run: one call of the extension per request, as a webapp would do it. */

declare(strict_types=1);

$request = json_decode((string) file_get_contents('php://input'), true, 512, JSON_THROW_ON_ERROR);
$answer = ['pid' => getmypid()];
$sync = isset($request['config']) ? new ExchangeContactSync($request['config']) : null;
switch ($request['do']) {
    case 'nothing':
        break;
    case 'push':
        $answer += $sync->push($request['id'])->toArray();
        break;
    case 'pull':
        $answer += $sync->pull()->toArray();
        break;
    case 'fatal within pull':
        $sync->pull(function (): void {
            trigger_error('boom', E_USER_ERROR);
        });
        break;
    case 'endless pull':
        $sync->pull(function (): void {
            sleep(30);
        });
        break;
    case 'phpinfo':
        phpinfo();
        exit;
}
echo json_encode($answer, JSON_THROW_ON_ERROR);
