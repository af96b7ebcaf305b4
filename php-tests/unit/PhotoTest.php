<?php

declare(strict_types=1);

namespace ExchangeContactSync\Tests\Unit;

use ExchangeContactSync;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Outcome;
use ExchangeContactSync\Tests\Simulator;
use ExchangeContactSync\Tests\SyncTestCase;

/** Photos of contacts, in a BLOB column and in files (semantics 39). */
final class PhotoTest extends SyncTestCase
{
    private const PLACES = ['first_name' => 'GivenName', 'photo' => 'Photo'];

    private string $dir = '';

    protected function setUp(): void
    {
        parent::setUp();
        $this->db->pdo->exec('ALTER TABLE contacts ADD photo MEDIUMBLOB NULL');
    }

    protected function tearDown(): void
    {
        if ($this->dir !== '') {
            array_map(fn (string $file): bool => unlink("$this->dir/$file"), $this->inFolder());
            rmdir($this->dir);
            $this->dir = '';
        }
        parent::tearDown();
    }

    /** A picture of some size that no other seed makes. */
    private static function picture(int $seed, int $size = 5_000, string $start = "\xFF\xD8\xFF\xE0"): string
    {
        mt_srand($seed);
        $bytes = $start;
        while (strlen($bytes) < $size) {
            $bytes .= pack('N', mt_rand());
        }
        return substr($bytes, 0, $size);
    }

    /**
     * @param array<string, mixed> $changes
     */
    private function blob(array $changes = []): ExchangeContactSync
    {
        return $this->ready(array_replace_recursive(['contacts' => ['map' => self::PLACES]], $changes));
    }

    private function files(): ExchangeContactSync
    {
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY photo VARCHAR(190) NULL');
        $this->dir = sys_get_temp_dir() . '/ecs-photo-test-' . bin2hex(random_bytes(6));
        mkdir($this->dir);
        return $this->ready(['contacts' => ['map' => self::PLACES, 'photo_dir' => $this->dir]]);
    }

    /**
     * @return list<string>
     */
    private function inFolder(): array
    {
        return array_values(array_diff((array) scandir($this->dir), ['.', '..']));
    }

    /**
     * A contact in step on both sides.
     *
     * @return array{int, string} row key and item id
     */
    private function anna(ExchangeContactSync $sync, ?string $photo): array
    {
        $id = $this->db->insert(['first_name' => 'Anna', 'photo' => $photo]);
        self::assertPushed(Outcome::Created, $sync->push($id));
        $item = (string) ($this->exchange->find('GivenName', 'Anna')['id'] ?? '');
        $this->round($sync);
        $this->exchange->resetStats();
        return [$id, $item];
    }

    private function photo(string $item): ?string
    {
        $photo = $this->exchange->call('GET', '/photos/' . rawurlencode($item))['photo'];
        return $photo === null ? null : base64_decode($photo['content'], true);
    }

    private function outlook(string $item, ?string $photo): void
    {
        $this->exchange->call('POST', '/photos', ['id' => $item, 'content' => $photo === null ? null : base64_encode($photo)]);
    }

    private function assertPhoto(?string $expected, int $row, string $item): void
    {
        $held = $this->db->row($row)['photo'];
        if ($this->dir !== '' && $held !== null) {
            $held = file_get_contents("$this->dir/$held");
        }
        self::assertSame(md5((string) $expected), md5((string) $held), 'row');
        self::assertSame(md5((string) $expected), md5((string) $this->photo($item)), 'item');
        self::assertSame($expected === null, $this->photo($item) === null);
    }

    private function assertIdle(ExchangeContactSync $sync): void
    {
        $this->round($sync);
        $this->exchange->resetStats();
        $before = $this->db->fingerprint();
        for ($n = 0; $n < 3; $n++) {
            $this->round($sync);
        }
        self::assertSame(['SyncFolderItems' => 3], array_filter($this->exchange->stats()['requests']), 'P4');
        self::assertSame($before, $this->db->fingerprint(), 'P4');
    }

    /** P4, R16, semantics 25, 39: exact requests of a new, a replaced, an unchanged and a removed photo. */
    public function testARowsPhotoGoesToItsItemByAsFewRequestsAsCanBe(): void
    {
        $sync = $this->blob();
        $id = $this->db->insert(['first_name' => 'Anna', 'photo' => self::picture(1)]);
        self::assertPushed(Outcome::Created, $sync->push($id));
        self::assertSame(
            Simulator::overGraph() ? ['CreateItem' => 1, 'GetItem' => 2, 'GraphPhoto' => 1] : ['CreateAttachment' => 1, 'CreateItem' => 1, 'GetItem' => 1],
            $this->requests(),
        );
        $item = (string) ($this->exchange->find('GivenName', 'Anna')['id'] ?? '');
        $this->assertPhoto(self::picture(1), $id, $item);
        $shown = $this->exchange->item($item);
        self::assertSame('true', $shown['fields']['HasPicture'] ?? null);
        self::assertSame(['ContactPicture.jpg', 'image/jpeg'], [$shown['attachments'][0]['name'], $shown['attachments'][0]['contentType']]);
        $this->assertIdle($sync);

        $this->exchange->resetStats();
        $this->db->update($id, ['photo' => self::picture(2)]);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame(
            Simulator::overGraph() ? ['GetItem' => 2, 'GraphPhoto' => 1] : ['CreateAttachment' => 1, 'DeleteAttachment' => 1, 'GetItem' => 2],
            $this->requests(),
        );
        $this->assertPhoto(self::picture(2), $id, $item);
        self::assertCount(1, $this->exchange->item($item)['attachments']);
        $this->assertIdle($sync);

        $this->exchange->resetStats();
        $this->db->update($id, ['first_name' => 'Anne']);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertArrayNotHasKey('CreateAttachment', $this->requests(), 'no upload of what has not changed');
        self::assertArrayNotHasKey('GetAttachment', $this->requests());
        self::assertArrayNotHasKey('GraphPhoto', $this->requests());
        self::assertPushed(Outcome::Unchanged, $sync->push($id));

        $this->exchange->resetStats();
        $this->db->update($id, ['photo' => null]);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame(Simulator::overGraph() ? ['GetItem' => 2, 'GraphPhoto' => 1] : ['DeleteAttachment' => 1, 'GetItem' => 2], $this->requests());
        $this->assertPhoto(null, $id, $item);
        $this->assertIdle($sync);
    }

    /**
     * @return array<string, int>
     */
    private function requests(): array
    {
        $requests = array_filter($this->exchange->stats()['requests']);
        unset($requests['GetFolder'], $requests['SyncFolderItems']);
        ksort($requests);
        return $requests;
    }

    /** P4, semantics 39. */
    public function testAPhotoOfOutlookComesIntoTheTableByOneRequestForSeveral(): void
    {
        $sync = $this->blob();
        $items = [];
        foreach (['Anna', 'Bo', 'Cleo'] as $n => $name) {
            $items[$name] = $this->exchange->add(['GivenName' => $name]);
            $this->outlook($items[$name], self::picture($n));
        }
        $this->exchange->add(['GivenName' => 'Nobody']);
        $this->exchange->resetStats();
        self::assertSame(4, $this->round($sync)->inserted());
        self::assertSame(Simulator::overGraph() ? ['GraphBatch' => 2] : ['GetAttachment' => 1, 'GetItem' => 1], $this->requests());
        foreach (array_keys($items) as $n => $name) {
            $row = $this->db->find('first_name', $name);
            $this->assertPhoto(self::picture($n), (int) $row['id'], $items[$name]);
        }
        self::assertNull($this->db->find('first_name', 'Nobody')['photo'] ?? null);
        $this->assertIdle($sync);

        $id = (int) $this->db->find('first_name', 'Anna')['id'];
        $this->outlook($items['Anna'], self::picture(9, 900, "\x89PNG\r\n\x1A\n"));
        $this->round($sync);
        $this->assertPhoto(self::picture(9, 900, "\x89PNG\r\n\x1A\n"), $id, $items['Anna']);
        $this->outlook($items['Anna'], null);
        $this->round($sync);
        $this->assertPhoto(null, $id, $items['Anna']);
        $this->assertIdle($sync);
    }

    /** P1: the photo that loses is in the journal with all of its bytes, and the one that wins too. */
    public function testAConflictKeepsBothPictures(): void
    {
        foreach (['webapp' => 'row', 'exchange' => 'item'] as $policy => $winner) {
            $sync = $this->blob(['policy' => ['conflict' => $policy]]);
            [$id, $item] = $this->anna($sync, self::picture(1));
            $this->db->update($id, ['photo' => self::picture(2)]);
            $this->outlook($item, self::picture(3));
            $this->round($sync);
            $this->assertPhoto(self::picture($winner === 'row' ? 2 : 3), $id, $item);
            $conflicts = $sync->conflicts();
            self::assertCount(1, $conflicts);
            self::assertSame(['Photo', $winner], [$conflicts[0]->property(), $conflicts[0]->winner()]);
            self::assertSame('data:image/jpeg;base64,' . base64_encode(self::picture(2)), $conflicts[0]->row());
            self::assertSame('data:image/jpeg;base64,' . base64_encode(self::picture(3)), $conflicts[0]->item());
            $this->assertIdle($sync);
            $sync->uninstall();
            $this->exchange->empty();
            $this->db->pdo->exec('DELETE FROM contacts');
        }
    }

    /** P1: who decides sees both pictures. */
    public function testAResolverGetsBothPicturesAndMayGiveAThird(): void
    {
        $seen = [];
        $third = 'data:image/gif;base64,' . base64_encode(self::picture(7, 500, 'GIF89a'));
        $sync = $this->blob(['policy' => ['conflict' => static function (string $property, mixed $row, mixed $item) use (&$seen, $third): mixed {
            $seen[] = [$property, md5((string) $row), md5((string) $item)];
            return $third;
        }]]);
        [$id, $item] = $this->anna($sync, self::picture(1));
        $this->db->update($id, ['photo' => self::picture(2)]);
        $this->outlook($item, self::picture(3));
        $this->round($sync);
        $this->round($sync);
        $data = static fn (int $seed): string => md5('data:image/jpeg;base64,' . base64_encode(self::picture($seed)));
        self::assertSame([['Photo', $data(2), $data(3)]], $seen);
        $this->assertPhoto(self::picture(7, 500, 'GIF89a'), $id, $item);
        $this->assertIdle($sync);
    }

    /** P6, P8: a photo that breaks a rule holds nothing but itself, and is left alone on both sides. */
    public function testAPhotoThatBreaksARuleIsHeldAndTheRestGoesOn(): void
    {
        $sync = $this->blob(['contacts' => ['photo_limit' => 10_000]]);
        [$id, $item] = $this->anna($sync, self::picture(1));
        foreach ([
            'more than contacts.photo_limit' => self::picture(2, 10_001),
            'no JPEG, PNG or GIF' => '<svg xmlns="http://www.w3.org/2000/svg"/>',
        ] as $reason => $broken) {
            $this->db->update($id, ['first_name' => md5($reason), 'photo' => $broken]);
            self::assertPushed(Outcome::Held, $sync->push($id));
            $this->assertItem(['GivenName' => md5($reason)], $item);
            self::assertSame(md5(self::picture(1)), md5((string) $this->photo($item)));
            self::assertStringContainsString($reason, $sync->held()[0]->reason());
            $this->exchange->edit($item, ['GivenName' => 'Person']);
            $this->round($sync);
            $this->assertRow(['first_name' => 'Person', 'photo' => $broken], $id);
        }
        $this->db->update($id, ['photo' => self::picture(3)]);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame([], $sync->held());
        $this->assertPhoto(self::picture(3), $id, $item);
        $this->assertIdle($sync);
    }

    /** P1, P8: a photo of Outlook that is too large is left alone on both sides, and never taken for a removed one. */
    public function testAPhotoOfOutlookThatIsTooLargeIsLeftAlone(): void
    {
        $sync = $this->blob(['contacts' => ['photo_limit' => 10_000]]);
        [$id, $item] = $this->anna($sync, self::picture(1));
        foreach ([10_100, 20_000] as $size) {
            $this->outlook($item, self::picture(2, $size));
            $this->exchange->edit($item, ['GivenName' => "Anna $size"]);
            $this->round($sync);
            $this->assertRow(['first_name' => "Anna $size", 'photo' => self::picture(1)], $id);
            self::assertSame(md5(self::picture(2, $size)), md5((string) $this->photo($item)));
        }
        $this->assertIdle($sync);
        $this->outlook($item, self::picture(3));
        $this->round($sync);
        $this->assertPhoto(self::picture(3), $id, $item);
    }

    /** P6: a photo that the column cannot hold is held as any other value that does not fit. */
    public function testAPhotoThatTheColumnCannotHoldIsHeld(): void
    {
        $this->db->pdo->exec('ALTER TABLE contacts MODIFY photo TINYBLOB NULL');
        $sync = $this->blob();
        $item = $this->exchange->add(['GivenName' => 'Anna']);
        $this->outlook($item, self::picture(1, 256));
        self::assertSame(1, $sync->sync()->held());
        self::assertStringContainsString('256 bytes', $sync->held()[0]->reason());
        self::assertSame('data:image/jpeg;base64,' . base64_encode(self::picture(1, 256)), $sync->held()[0]->values()['Photo']);
        $this->outlook($item, self::picture(1, 255));
        $this->round($sync);
        self::assertSame([], $sync->held());
        self::assertSame(self::picture(1, 255), $this->db->find('first_name', 'Anna')['photo'] ?? null);
    }

    /** P8: other files of the contact are never touched. */
    public function testOtherAttachmentsStayAsTheyAre(): void
    {
        $sync = $this->blob();
        [$id, $item] = $this->anna($sync, self::picture(1));
        foreach (['offer.pdf', 'ContactPicture.jpg'] as $name) {
            $this->exchange->call('POST', '/attachments', ['id' => $item, 'name' => $name, 'content' => base64_encode("%PDF $name")]);
        }
        $this->round($sync);
        $this->assertPhoto(self::picture(1), $id, $item);
        $this->db->update($id, ['photo' => self::picture(2)]);
        $sync->push($id);
        $this->db->update($id, ['photo' => null]);
        $sync->push($id);
        $left = $this->exchange->item($item)['attachments'];
        self::assertSame(['offer.pdf', 'ContactPicture.jpg'], array_column($left, 'name'));
        self::assertSame([false, false], array_column($left, 'isContactPhoto'));
        $this->assertIdle($sync);
    }

    /** P1, R16, semantics 57: no answer at any step of a replacement loses a photo, or doubles one for good. */
    public function testAnAnswerThatIsLostLeavesAPhotoAndIsMadeUpFor(): void
    {
        $sync = $this->blob(['exchange' => ['timeout' => 5]]);
        [$id, $item] = $this->anna($sync, self::picture(1));
        $seed = 1;
        // Graph replaces it in one step.
        foreach (Simulator::overGraph() ? ['GraphPhoto'] : ['CreateAttachment', 'DeleteAttachment'] as $operation) {
            foreach (['cut_before', 'cut_after'] as $kind) {
                $old = self::picture($seed);
                $new = self::picture(++$seed);
                $this->db->update($id, ['photo' => $new]);
                $this->exchange->fault($operation, $kind, 1, Simulator::overGraph() ? ['containing' => 'PUT '] : []);
                self::assertPushed(Outcome::Queued, $sync->push($id));
                self::assertContains(md5((string) $this->photo($item)), [md5($old), md5($new)], "$operation $kind");
                $this->exchange->noFaults();
                $this->db->pdo->exec('UPDATE ecs_activity SET back_off_until = NULL');
                $this->round($sync);
                $row = $this->db->row($id);
                self::assertSame(md5($new), md5((string) $row['photo']), "$operation $kind");
                self::assertSame([], $sync->conflicts(), "$operation $kind");
                $this->assertIdle($sync);
            }
        }
        $this->db->update($id, ['photo' => self::picture(99)]);
        $sync->push($id);
        self::assertCount(1, $this->exchange->item($item)['attachments'], 'what was left went with the next one');
        $this->assertPhoto(self::picture(99), $id, $item);
    }

    /** semantics 25: a version that moves after the photo was set is looked at once, and nothing is written for it. */
    public function testAVersionThatMovesLateIsAbsorbed(): void
    {
        $sync = $this->blob();
        [$id, $item] = $this->anna($sync, self::picture(1));
        $this->db->update($id, ['photo' => self::picture(2)]);
        $sync->push($id);
        $this->exchange->call('POST', '/items/touch', ['id' => $item]);
        $this->exchange->resetStats();
        $report = $this->round($sync);
        self::assertSame([1, 0, 0], [$report->fetched(), $report->updated(), $report->pushedUpdates()]);
        self::assertSame(0, $this->exchange->stats()['writes']);
        $this->assertPhoto(self::picture(2), $id, $item);
        $this->assertIdle($sync);
    }

    /** P6: what Exchange refuses of a photo keeps nothing else from arriving. */
    public function testAPhotoThatExchangeRefusesIsHeldAlone(): void
    {
        $sync = $this->blob();
        $this->exchange->call('POST', '/modes', ['attachmentLimit' => 2_000]);
        if (Simulator::overGraph()) {
            $this->exchange->fault('GraphPhoto', 'graph_error', null, ['status' => 413, 'code' => 'RequestEntityTooLarge', 'containing' => 'PUT ']);
        }
        $id = $this->db->insert(['first_name' => 'Anna', 'photo' => self::picture(1)]);
        self::assertPushed(Outcome::Held, $sync->push($id));
        $this->round($sync);
        self::assertCount(1, $this->exchange->items());
        self::assertCount(1, $sync->held());
        $this->exchange->noFaults();
        $this->db->update($id, ['photo' => self::picture(2, 1_000)]);
        self::assertPushed(Outcome::Updated, $sync->push($id));
        self::assertSame([], $sync->held());
        $this->assertIdle($sync);
    }

    /** P8, semantics 39: files: the app's are read and never written, ours come and go with the rows that name them. */
    public function testAPhotoInAFileGoesBothWaysAndTheAppsFilesStay(): void
    {
        $sync = $this->files();
        file_put_contents("$this->dir/anna.jpg", self::picture(1));
        [$id, $item] = $this->anna($sync, 'anna.jpg');
        $this->assertPhoto(self::picture(1), $id, $item);
        $this->assertIdle($sync);

        $this->outlook($item, self::picture(2));
        $this->round($sync);
        $this->assertPhoto(self::picture(2), $id, $item);
        $first = (string) $this->db->row($id)['photo'];
        self::assertMatchesRegularExpression('/^ecs-[0-9a-f]{32}-[0-9a-f]{16}\.jpg$/', $first);
        self::assertSame(self::picture(1), file_get_contents("$this->dir/anna.jpg"));
        $this->assertIdle($sync);

        $this->outlook($item, self::picture(3, 700, 'GIF89a'));
        $this->round($sync);
        $this->assertPhoto(self::picture(3, 700, 'GIF89a'), $id, $item);
        $second = (string) $this->db->row($id)['photo'];
        self::assertSame(['anna.jpg', $second], $this->inFolder(), 'the first one is gone');
        self::assertStringEndsWith('.gif', $second);

        $other = $this->db->insert(['first_name' => 'Copy', 'photo' => $second]);
        $this->outlook($item, null);
        $this->round($sync);
        $this->assertRow(['photo' => null], $id);
        self::assertSame(['anna.jpg', $second], $this->inFolder(), 'another row names it still');
        $this->db->update($other, ['photo' => null]);

        $this->db->update($id, ['photo' => './anna.jpg']);
        $this->round($sync);
        $this->assertPhoto(self::picture(1), $id, $item);
        $this->exchange->delete($item);
        $this->round($sync);
        self::assertNull($this->db->row($id));
        self::assertContains('anna.jpg', $this->inFolder());
    }

    /** R12: a file that is changed in place is found by push(), and by the rolling comparison. */
    public function testAFileThatIsChangedInPlaceIsFound(): void
    {
        $sync = $this->files();
        file_put_contents("$this->dir/anna.jpg", self::picture(1));
        [$id, $item] = $this->anna($sync, 'anna.jpg');
        file_put_contents("$this->dir/anna.jpg", self::picture(2));
        self::assertPushed(Outcome::Updated, $sync->push($id));
        $this->assertPhoto(self::picture(2), $id, $item);
        $this->round($sync);
        file_put_contents("$this->dir/anna.jpg", self::picture(3));
        $this->round($sync);
        $this->assertPhoto(self::picture(3), $id, $item);
        $this->assertIdle($sync);
    }

    /** P7, P8: a file that is missing or lies elsewhere removes nothing in Exchange, and is not read. */
    public function testAFileThatCannotBeReadIsHeldAndDeletesNothing(): void
    {
        $sync = $this->files();
        file_put_contents("$this->dir/anna.jpg", self::picture(1));
        [$id, $item] = $this->anna($sync, 'anna.jpg');
        symlink('/etc/hostname', "$this->dir/link.jpg");
        foreach (['gone.jpg' => 'cannot be read', '../outside.jpg' => 'outside of', '/etc/hostname' => 'outside of', 'link.jpg' => 'outside of'] as $path => $reason) {
            $this->db->update($id, ['photo' => $path, 'first_name' => md5($path)]);
            self::assertPushed(Outcome::Held, $sync->push($id));
            self::assertStringContainsString($reason, $sync->held()[0]->reason());
            $this->assertItem(['GivenName' => md5($path)], $item);
            self::assertSame(md5(self::picture(1)), md5((string) $this->photo($item)));
        }
        $this->round($sync);
        $this->assertRow(['photo' => 'link.jpg'], $id);
        $this->db->update($id, ['photo' => 'anna.jpg']);
        $sync->push($id);
        self::assertSame([], $sync->held());
        $this->assertIdle($sync);
    }

    /** P1, P6: what a person gives while the file is away comes when it is back, although nobody has saved the row. */
    public function testAPhotoThatCameWhileTheFileWasAwayIsNotLost(): void
    {
        $sync = $this->files();
        file_put_contents("$this->dir/anna.jpg", self::picture(1));
        [$id, $item] = $this->anna($sync, 'anna.jpg');
        unlink("$this->dir/anna.jpg");
        $this->outlook($item, self::picture(2));
        $this->round($sync);
        $this->assertRow(['photo' => 'anna.jpg'], $id);
        self::assertCount(1, $sync->held());
        file_put_contents("$this->dir/anna.jpg", self::picture(1));
        self::assertPushed(Outcome::Merged, $sync->retry((string) $id));
        $this->assertPhoto(self::picture(2), $id, $item);
        self::assertSame([], $sync->held());
        self::assertSame([], $sync->conflicts());
        $this->assertIdle($sync);
    }

    public function testWhatCannotWorkIsSaidAtOnce(): void
    {
        foreach ([
            [['photo_dir' => 'photos'], 'contacts.photo_dir'],
            [['photo_limit' => 100], 'contacts.photo_limit'],
            [['photo_limit' => 9 << 20], 'contacts.photo_limit'],
        ] as [$contacts, $named]) {
            $thrown = self::thrown(ConfigException::class, fn () => $this->sync(['contacts' => $contacts]));
            self::assertStringContainsString($named, $thrown->getMessage());
        }
        $places = ['first_name' => 'GivenName', 'notes' => 'Photo'];
        foreach ([
            [['map' => $places], 'contacts.photo_dir'],
            [['map' => $places, 'photo_dir' => '/nowhere/at/all'], 'contacts.photo_dir'],
            [['map' => ['birthday' => 'Photo']], 'BLOB'],
        ] as [$contacts, $named]) {
            $thrown = self::thrown(\ExchangeContactSync\Exception::class, fn () => $this->sync(['contacts' => $contacts])->install());
            self::assertStringContainsString($named, $thrown->getMessage());
        }
    }

    /** A column is guessed for photos by its name and type alone. */
    public function testABlobColumnOfThatNameIsGuessed(): void
    {
        $config = $this->config();
        unset($config['contacts']['map']);
        foreach (['MEDIUMBLOB' => 'Photo', 'VARCHAR(190)' => null] as $type => $expected) {
            $this->db->pdo->exec("ALTER TABLE contacts MODIFY photo $type NULL");
            $sync = new ExchangeContactSync($config);
            $sync->install();
            self::assertSame($expected, $sync->plan()->mapping()['photo'] ?? null, $type);
            $sync->uninstall();
        }
    }
}
