<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** A Kerberos realm of its own, with MIT's key distribution centre. Nothing of it is outside its directory. */
final class Kdc
{
    public const REALM = 'CORP.EXAMPLE.TEST';

    private string $directory;
    private int $port;
    /** @var resource|null */
    private $process;

    public function __construct()
    {
        $this->directory = sys_get_temp_dir() . '/ecs-kdc.' . bin2hex(random_bytes(4));
        mkdir($this->directory, 0700);
        $socket = stream_socket_server('tcp://127.0.0.1:0');
        preg_match('/:(\d+)$/', (string) stream_socket_get_name($socket, false), $found);
        fclose($socket);
        $this->port = (int) $found[1];
        $realm = self::REALM;
        file_put_contents("$this->directory/krb5.conf", <<<CONF
            [libdefaults]
                default_realm = $realm
                dns_lookup_kdc = false
                rdns = false
            [realms]
                $realm = {
                    kdc = 127.0.0.1:$this->port
                }
            [logging]
                kdc = FILE:$this->directory/kdc.log

            CONF);
        file_put_contents("$this->directory/kdc.conf", <<<CONF
            [kdcdefaults]
                kdc_listen = ""
                kdc_tcp_listen = 127.0.0.1:$this->port
            [realms]
                $realm = {
                    database_name = $this->directory/principal
                    key_stash_file = $this->directory/stash
                    acl_file = $this->directory/acl
                    supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
                    default_principal_flags = +preauth
                }

            CONF);
        $this->run(['/usr/sbin/kdb5_util', 'create', '-s', '-P', bin2hex(random_bytes(8)), '-r', $realm], '');
        $this->start();
    }

    public static function isThere(): bool
    {
        return is_executable('/usr/sbin/krb5kdc') && is_executable('/usr/sbin/kadmin.local');
    }

    public function address(): string
    {
        return "tcp://127.0.0.1:$this->port";
    }

    /** Changes the database of the realm. */
    public function administer(string ...$commands): void
    {
        $this->run(['/usr/sbin/kadmin.local', '-r', self::REALM], implode("\n", $commands) . "\n");
    }

    /** Gives an account a new key, and writes it into a file. */
    public function keytab(string $principal): string
    {
        $file = "$this->directory/" . bin2hex(random_bytes(4)) . '.keytab';
        $this->administer("ktadd -k $file $principal");
        return $file;
    }

    /** @return array<string, string> */
    public function environment(): array
    {
        return ['KRB5_CONFIG' => "$this->directory/krb5.conf", 'KRB5_KDC_PROFILE' => "$this->directory/kdc.conf",
            'KRB5RCACHENAME' => "file2:$this->directory/replays"];
    }

    /** How many requests of a kind were answered or refused: AS_REQ or TGS_REQ. */
    public function asked(string $kind): int
    {
        return substr_count((string) @file_get_contents("$this->directory/kdc.log"), "$kind (");
    }

    public function start(): void
    {
        $process = proc_open(
            ['setpriv', '--pdeathsig', 'TERM', '/usr/sbin/krb5kdc', '-n', '-r', self::REALM],
            [0 => ['file', '/dev/null', 'r'], 1 => ['file', '/dev/null', 'w'], 2 => ['file', "$this->directory/stderr.log", 'w']],
            $pipes,
            null,
            $this->environment() + ['PATH' => (string) getenv('PATH')],
        );
        if ($process === false) {
            throw new RuntimeException('krb5kdc does not start');
        }
        $this->process = $process;
        for ($tries = 0; ($probe = @fsockopen('127.0.0.1', $this->port)) === false; $tries++) {
            if ($tries > 200 || !proc_get_status($process)['running']) {
                throw new RuntimeException('krb5kdc does not start: ' . file_get_contents("$this->directory/stderr.log"));
            }
            usleep(50_000);
        }
        fclose($probe);
    }

    /** Ends the centre; what the realm knows stays. */
    public function end(): void
    {
        if ($this->process === null) {
            return;
        }
        proc_terminate($this->process, SIGTERM);
        for ($tries = 0; proc_get_status($this->process)['running'] && $tries < 200; $tries++) {
            usleep(20_000);
        }
        proc_close($this->process);
        $this->process = null;
    }

    public function stop(): void
    {
        $this->end();
        exec('rm -rf ' . escapeshellarg($this->directory));
    }

    /** @param list<string> $command */
    private function run(array $command, string $input): void
    {
        $log = "$this->directory/run.log";
        $process = proc_open($command, [0 => ['pipe', 'r'], 1 => ['file', $log, 'w'], 2 => ['file', $log, 'a']], $pipes, null,
            $this->environment() + ['PATH' => (string) getenv('PATH')]);
        if ($process === false) {
            throw new RuntimeException("$command[0] does not start");
        }
        fwrite($pipes[0], $input);
        fclose($pipes[0]);
        if (proc_close($process) !== 0) {
            throw new RuntimeException("$command[0]: " . file_get_contents($log));
        }
    }
}
