<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Crash;

use ExchangeContactSync;
use ExchangeContactSync\Tests\CrashTestCase;
use ExchangeContactSync\Tests\Phase;
use ExchangeContactSync\Tests\Point;
use ExchangeContactSync\Tests\Strike;

/** Calls that move photos, with the process killed at each of their requests. */
final class PhotoPointTest extends CrashTestCase
{
    private string $dir = '';
    private int $number = 0;

    protected function tearDown(): void
    {
        parent::tearDown();
        if ($this->dir !== '') {
            foreach (array_diff((array) scandir($this->dir), ['.', '..']) as $file) {
                unlink("$this->dir/$file");
            }
            rmdir($this->dir);
        }
    }

    /**
     * P1, P2, P3, P4, R16, R21, semantics 39, 57.
     *
     * @dataProvider calls
     */
    public function testKilledAtEveryPointOfACall(string $column, string $scene, string $call): void
    {
        $this->db->pdo->exec("ALTER TABLE contacts ADD photo $column NULL");
        $config = ['contacts' => ['map' => self::MAP + ['photo' => 'Photo']]];
        if ($column !== 'MEDIUMBLOB') {
            $this->dir = sys_get_temp_dir() . '/ecs-photo-points-' . bin2hex(random_bytes(6));
            mkdir($this->dir);
            $config['contacts']['photo_dir'] = $this->dir;
        }
        $sync = $this->ready($config);
        // The first update of a pair finds out what kind of server it is.
        $first = $this->db->insert(['first_name' => 'First']);
        $sync->push($first);
        $this->db->update($first, ['phone' => '1']);
        $sync->push($first);
        $this->round($sync);
        $points = $this->strike($sync, $config, $scene, $call, null);
        self::assertGreaterThan(3, count($points));
        foreach ($points as $point) {
            $phases = $point->lasting ? [Phase::Before, Phase::During, Phase::After] : [Phase::After];
            foreach ($phases as $phase) {
                $this->strike($sync, $config, $scene, $call, Strike::kill($point->number, $phase), $point);
            }
        }
    }

    /**
     * @return iterable<string, array{string, string, string}>
     */
    public function calls(): iterable
    {
        yield 'push of a new row' => ['MEDIUMBLOB', 'create', 'push'];
        yield 'push of another photo' => ['MEDIUMBLOB', 'replace', 'push'];
        yield 'pull of another photo' => ['MEDIUMBLOB', 'arrive', 'pull'];
        yield 'pull of two photos for one' => ['MEDIUMBLOB', 'conflict', 'pull'];
        yield 'push of another file' => ['VARCHAR(190)', 'replace', 'push'];
        yield 'pull of another photo into a file' => ['VARCHAR(190)', 'arrive', 'pull'];
    }

    /**
     * @param array<string, mixed> $config
     *
     * @return list<Point>
     */
    private function strike(
        ExchangeContactSync $sync,
        array $config,
        string $scene,
        string $call,
        ?Strike $strike,
        ?Point $point = null,
    ): array {
        $case = $point === null ? $scene : "$scene, killed {$strike?->phase->value} $point->number ($point->name)";
        $name = "$scene " . ++$this->number;
        $id = $this->db->insert(['first_name' => $name, 'photo' => $this->kept("$name old")]);
        if ($scene !== 'create') {
            $sync->push($id);
            $this->round($sync);
        }
        $item = (string) ($this->exchange->find('GivenName', $name)['id'] ?? '');
        if ($scene === 'replace' || $scene === 'conflict') {
            $this->db->update($id, ['photo' => $this->kept("$name new")]);
        }
        if ($scene === 'arrive' || $scene === 'conflict') {
            $this->exchange->call('POST', '/photos', ['id' => $item, 'content' => base64_encode(self::picture("$name theirs"))]);
        }
        $worker = $this->warm($config);
        $arguments = $call === 'push' ? [$id] : [];
        [$points, $answer] = $this->proxy->play($worker, $this->throughProxy($config), [[$call, $arguments]], $strike);
        if ($strike === null) {
            self::assertNull($answer['thrown'] ?? null, json_encode($answer, JSON_THROW_ON_ERROR));
        }
        $worker->kill();
        if ($scene !== 'create') {
            self::assertNotNull($this->photo($item), "$case: the item never is without a photo");
        }
        $this->recover($sync, $case);
        $this->check($sync, $id, $name, $scene, $case);
        $this->assertOneAddressBook($sync, $case);
        return $points;
    }

    private function check(ExchangeContactSync $sync, int $id, string $name, string $scene, string $case): void
    {
        $item = (string) ($this->exchange->find('GivenName', $name)['id'] ?? '');
        $row = (string) $this->db->row($id)['photo'];
        $held = $this->dir === '' ? $row : (string) file_get_contents("$this->dir/$row");
        self::assertSame(md5($held), md5((string) $this->photo($item)), $case);
        $expected = match ($scene) {
            'create' => ["$name old"],
            'replace' => ["$name new"],
            'arrive' => ["$name theirs"],
            default => ["$name new", "$name theirs"],
        };
        self::assertContains(md5($held), array_map(static fn (string $seed): string => md5(self::picture($seed)), $expected), $case);
        $journal = array_filter($sync->conflicts(), static fn ($conflict): bool => $conflict->key() === (string) $id);
        if ($scene !== 'conflict') {
            self::assertSame([], $journal, $case);
            return;
        }
        self::assertNotSame([], $journal, "$case: the loser is nowhere");
        $data = static fn (string $seed): string => 'data:image/gif;base64,' . base64_encode(self::picture($seed));
        foreach ($journal as $conflict) {
            self::assertSame([$data("$name new"), $data("$name theirs")], [$conflict->row(), $conflict->item()], $case);
        }
    }

    private static function picture(string $seed): string
    {
        return 'GIF89a' . str_repeat(md5($seed, true), 20);
    }

    /** What the column holds for a picture: its bytes, or the name of the app's own file. */
    private function kept(string $seed): string
    {
        if ($this->dir === '') {
            return self::picture($seed);
        }
        $file = md5($seed) . '.gif';
        file_put_contents("$this->dir/$file", self::picture($seed));
        return $file;
    }

    private function photo(string $item): ?string
    {
        $photo = $this->exchange->call('GET', '/photos/' . rawurlencode($item))['photo'];
        return $photo === null ? null : (string) base64_decode($photo['content'], true);
    }
}
