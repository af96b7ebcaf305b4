<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests;

use RuntimeException;

/** A php-fpm of our own with the extension, on a Unix socket in a directory of its own. */
final class FpmPool
{
    private const APP = __DIR__ . '/../fpm/app.php';

    /** @var resource */
    private $process;
    private string $directory;

    /**
     * @param array<string, string> $options of the pool
     * @param array<string, string> $global  of php-fpm itself
     */
    public function __construct(int $workers, array $options = [], array $global = [])
    {
        $this->directory = sys_get_temp_dir() . '/ecs-fpm.' . bin2hex(random_bytes(4));
        mkdir($this->directory, 0700);
        $pool = [
            'listen' => $this->socket(), 'pm' => 'static', 'pm.max_children' => (string) $workers, 'catch_workers_output' => 'yes',
            'clear_env' => 'no', 'php_admin_value[display_errors]' => '1',
        ] + $options;
        $root = function_exists('posix_geteuid') && posix_geteuid() === 0;
        if ($root) {
            $pool += ['user' => 'root', 'group' => 'root'];
        }
        $lines = "[global]\nerror_log = $this->directory/fpm.log\ndaemonize = no\n";
        foreach ($global as $key => $value) {
            $lines .= "$key = $value\n";
        }
        $lines .= "[app]\n";
        foreach ($pool as $key => $value) {
            $lines .= "$key = $value\n";
        }
        file_put_contents("$this->directory/fpm.conf", $lines);
        $process = proc_open(
            // php-fpm makes a session of its own: whatever ends the tests must end it by its parent's death.
            ['setpriv', '--pdeathsig', 'TERM', self::program(), '--nodaemonize', ...($root ? ['--allow-to-run-as-root'] : []), '--fpm-config', "$this->directory/fpm.conf",
                '-d', 'extension=' . getenv('EXTENSION')],
            [0 => ['file', '/dev/null', 'r'], 1 => ['file', '/dev/null', 'w'], 2 => ['file', "$this->directory/stderr.log", 'w']],
            $pipes,
        );
        if ($process === false) {
            throw new RuntimeException('php-fpm does not start');
        }
        $this->process = $process;
        for ($tries = 0; !file_exists($this->socket()); $tries++) {
            if ($tries > 200 || !proc_get_status($process)['running']) {
                throw new RuntimeException('php-fpm does not start: ' . $this->log());
            }
            usleep(50_000);
        }
    }

    public function stop(): void
    {
        proc_terminate($this->process, SIGTERM);
        for ($tries = 0; proc_get_status($this->process)['running'] && $tries < 100; $tries++) {
            usleep(50_000);
        }
        if (proc_get_status($this->process)['running']) {
            proc_terminate($this->process, SIGKILL);
        }
        proc_close($this->process);
        array_map('unlink', glob("$this->directory/*") ?: []);
        rmdir($this->directory);
    }

    /** As after a deployment: new workers, the old ones when they have done, or have used up process_control_timeout. */
    public function reload(): void
    {
        posix_kill(proc_get_status($this->process)['pid'], SIGUSR2);
    }

    public function log(): string
    {
        return (string) @file_get_contents("$this->directory/fpm.log") . @file_get_contents("$this->directory/stderr.log");
    }

    /**
     * @param array<string, mixed> $request for fpm/app.php
     */
    public function send(array $request): FastCgi
    {
        return new FastCgi($this->socket(), (string) realpath(self::APP), json_encode($request, JSON_THROW_ON_ERROR));
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function ask(array $request): array
    {
        $body = $this->send($request)->read();
        if ($body === null) {
            throw new RuntimeException('the worker died: ' . $this->log());
        }
        $answer = json_decode($body, true);
        return is_array($answer) ? $answer : ['text' => $body];
    }

    private function socket(): string
    {
        return "$this->directory/fpm.sock";
    }

    private static function program(): string
    {
        $version = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
        foreach (["/usr/sbin/php-fpm$version", PHP_BINDIR . '/../sbin/php-fpm', '/usr/local/sbin/php-fpm'] as $program) {
            if (is_executable($program)) {
                return $program;
            }
        }
        throw new RuntimeException("there is no php-fpm of PHP $version");
    }
}
