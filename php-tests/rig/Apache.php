<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/**
 * Apache with mod_auth_gssapi before the simulator: takes connections by TLS, lets in who logs in by a mechanism of GSSAPI, and passes the
 * request on. Nothing of the log-in is ours.
 */
final class Apache
{
    private const MODULES = '/usr/lib/apache2/modules';

    /** @var resource */
    private $process;
    private string $directory;
    private int $port;

    /**
     * @param string $mechanism ntlmssp or krb5
     * @param array<string, string> $environment of the server
     * @param list<string> $directives more of the place that is protected
     */
    public function __construct(Simulator $behind, string $mechanism, array $environment, array $directives = [])
    {
        $this->directory = sys_get_temp_dir() . '/ecs-apache.' . bin2hex(random_bytes(4));
        mkdir($this->directory, 0700);
        $this->port = self::freePort();
        file_put_contents("$this->directory/httpd.conf", $this->configuration($behind, $mechanism, $directives));
        $process = proc_open(
            ['setpriv', '--pdeathsig', 'TERM', '/usr/sbin/apache2', '-f', "$this->directory/httpd.conf", '-DFOREGROUND'],
            [0 => ['file', '/dev/null', 'r'], 1 => ['file', '/dev/null', 'w'], 2 => ['file', "$this->directory/stderr.log", 'w']],
            $pipes,
            null,
            $environment + ['PATH' => (string) getenv('PATH')],
        );
        if ($process === false) {
            throw new RuntimeException('apache2 does not start');
        }
        $this->process = $process;
        for ($tries = 0; ($probe = @fsockopen('127.0.0.1', $this->port)) === false; $tries++) {
            if ($tries > 200 || !proc_get_status($process)['running']) {
                throw new RuntimeException('apache2 does not start: ' . $this->log('stderr') . $this->log('error'));
            }
            usleep(50_000);
        }
        fclose($probe);
    }

    public static function isThere(): bool
    {
        return is_executable('/usr/sbin/apache2') && is_file(self::MODULES . '/mod_auth_gssapi.so');
    }

    public function url(): string
    {
        return "https://localhost:$this->port/EWS/Exchange.asmx";
    }

    /**
     * What was answered: status, how many requests the connection had before, bytes of the body that came, the user that was let in.
     *
     * @return list<array{status: int, before: int, body: int, user: string}>
     */
    public function answered(): array
    {
        $lines = array_filter(explode("\n", $this->log('access')));
        return array_values(array_map(static function (string $line): array {
            [$status, $before, $body, $user] = explode(' ', $line, 4);
            return ['status' => (int) $status, 'before' => (int) $before, 'body' => (int) $body, 'user' => $user];
        }, $lines));
    }

    public function forget(): void
    {
        file_put_contents("$this->directory/access.log", '');
    }

    public function log(string $name): string
    {
        return (string) @file_get_contents("$this->directory/$name.log");
    }

    public function stop(): void
    {
        proc_terminate($this->process, SIGTERM);
        for ($tries = 0; proc_get_status($this->process)['running'] && $tries < 200; $tries++) {
            usleep(20_000);
        }
        proc_terminate($this->process, SIGKILL);
        proc_close($this->process);
        foreach (glob("$this->directory/*") ?: [] as $file) {
            @unlink($file);
        }
        @rmdir($this->directory);
    }

    /** @param list<string> $directives */
    private function configuration(Simulator $behind, string $mechanism, array $directives): string
    {
        $certificates = Listener::certificates();
        $modules = '';
        foreach (['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_gssapi', 'session', 'session_cookie', 'proxy', 'proxy_http', 'ssl',
            'socache_shmcb', 'headers'] as $module) {
            if (is_file(self::MODULES . "/mod_$module.so")) {
                $modules .= "LoadModule {$module}_module " . self::MODULES . "/mod_$module.so\n";
            }
        }
        $basic = base64_encode(Simulator::USER . ':' . Simulator::PASSWORD);
        $more = implode("\n    ", $directives);
        $user = posix_geteuid() === 0 ? "User root\nGroup root" : '';
        $server = str_replace('/EWS/Exchange.asmx', '', $behind->url());
        return <<<CONF
            $modules
            ServerName localhost
            ServerRoot "$this->directory"
            PidFile "$this->directory/pid"
            Mutex posixsem
            ErrorLog "$this->directory/error.log"
            LogLevel warn
            LogFormat "%>s %k %{Content-Length}i %u" ours
            CustomLog "$this->directory/access.log" ours
            Listen 127.0.0.1:$this->port
            StartServers 1
            ServerLimit 1
            ThreadsPerChild 8
            MaxRequestWorkers 8
            KeepAlive On
            KeepAliveTimeout 60
            MaxKeepAliveRequests 0
            SSLEngine on
            SSLCertificateFile "$certificates/server.pem"
            SSLCertificateKeyFile "$certificates/server.key"
            SSLSessionCache "shmcb:$this->directory/sessions(512000)"
            <Location "/EWS">
                AuthType GSSAPI
                AuthName "Exchange"
                GssapiAllowedMech $mechanism
                GssapiConnectionBound On
                Require valid-user
                RequestHeader set Authorization "Basic $basic"
                ProxyPass "$server/EWS"
                $more
            </Location>

            CONF;
    }

    private static function freePort(): int
    {
        $socket = stream_socket_server('tcp://127.0.0.1:0');
        preg_match('/:(\d+)$/', (string) stream_socket_get_name($socket, false), $found);
        fclose($socket);
        return (int) $found[1];
    }
}
