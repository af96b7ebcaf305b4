<?php

declare(strict_types=1);

use ExchangeContactSync\AuthException;
use ExchangeContactSync\BusyException;
use ExchangeContactSync\ConfigException;
use ExchangeContactSync\Conflict;
use ExchangeContactSync\ExchangeException;
use ExchangeContactSync\HeldContact;
use ExchangeContactSync\MigrationReport;
use ExchangeContactSync\PushResult;
use ExchangeContactSync\StoreException;
use ExchangeContactSync\SyncPlan;
use ExchangeContactSync\SyncReport;

/**
 * Keeps one MySQL contacts table and one Exchange contacts folder one and the same address book.
 *
 *     $sync = new ExchangeContactSync(require 'config/exchange.php');
 *     $sync->install();            // once, in a migration
 *     $sync->push($contactId);     // after every save or delete of a contact
 *     $sync->pull();               // from cron
 *
 * An object is cheap to make and opens its two connections at the first call that needs them. Within one
 * PHP process, connections are kept warm and shared by all objects with the same configuration. The object
 * cannot be cloned or serialised, shows no property to var_dump(), and never puts a password into a message.
 *
 * A method that is called again from within a callback of the same object throws `ExchangeContactSync\Exception`.
 */
final class ExchangeContactSync
{
    /**
     * Checks the configuration. Opens no connection and reads no file.
     *
     * Keys of `exchange`:
     * - `kind`: `ews` (default) or `graph`, Exchange Online over Microsoft Graph, with `tenant`, `client_id`, `client_secret` or
     *   `certificate`, and `cloud`; `url` is then needed for no cloud of Microsoft's. See docs/exchange-online.md.
     * - `url`: `https://…/EWS/Exchange.asmx`. `http://` is for this machine only, else it needs `allow_plain_http`. Or
     *   `autodiscover`: it is found by the mailbox's address at the first request, and kept for a day.
     * - `autodiscover`: how it is found. `prefer`: `external` (default) or `internal`, which of the server's two addresses is taken.
     *   `allow`: hosts outside of the mailbox's domain that may get the credentials, such as `mail.hoster.test` or
     *   `*.hoster.test`; no other host ever does.
     * - `username`, `password`: the account that works on the mailbox.
     * - `auth`: `basic` (default), `ntlm`, `kerberos` or `oauth`. There is no fallback from one to another. NTLM is NTLMv2, spoken once for
     *   each connection, which is kept for the next calls of the process.
     * - `kerberos`, with `auth` `kerberos` and a `username` such as `user@REALM` or `DOMAIN\user`: `kdc`, the address of the domain's key
     *   distribution centre such as `tcp://dc1.corp.example.com:88` (default: `/etc/krb5.conf`); `realm`, where the name does not tell it;
     *   `keytab`, the full path of a file with the account's key, in place of `password`; `spn`, the name of the service (default: `HTTP/` and
     *   the host of `url`). A ticket is kept for an hour in the process.
     * - `channel_binding`, with `auth` `ntlm` or `kerberos`: false does not bind the log-in to the server's certificate. For a server with
     *   Extended Protection set to `Allow` behind something that ends TLS; default true, which all other servers take.
     * - `oauth`, with `auth` `oauth` and without `username` and `password`: where the tokens come from. Of an application that is registered
     *   with Entra ID, whose own tokens want `access` `impersonation`:
     *   `['tenant' => 'example.onmicrosoft.com', 'client_id' => '…', 'client_secret' => '…']`, or in place of the secret `certificate`, the full
     *   path of a PEM file with the certificate and its private RSA key, unencrypted. `authority`: `https://login.microsoftonline.com`
     *   (default), that of a national cloud, or `https://<host>/adfs`, which has no `tenant`. `scope`: default `https://outlook.office365.com/.default` for
     *   Exchange Online and for a server that Autodiscover looks for, else `https://<host of url>/.default` (hybrid modern authentication). A token is shared by all processes by way of
     *   MySQL, encrypted with a key made of the secret, and renewed before its end. `ca_file` and `proxy` hold for the authority as well.
     *   Or `['token' => '…']`: a token that is ready, or a callable without parameters that returns one. It is asked in each call that needs
     *   Exchange, and now and then in a long one, while nothing is locked; keep the token in your code, and give one that is good for some minutes.
     *   What it throws reaches the caller unchanged; push() answers `Queued` instead.
     * - `mailbox`: the SMTP address of the mailbox whose contacts are meant.
     * - `access`: `self` (default, the mailbox is the account's own), `delegate` or `impersonation`.
     * - `folder`: `contacts` (default), a path below it such as `contacts/Customers`, a public folder such as
     *   `publicfoldersroot/Sales/Customers`, or `['id' => '…']`.
     * - `create_folder`: true makes what is missing of that path by the first pull, push or sync; never later, and not by
     *   plan() or check().
     * - `push_timeout`: seconds that one push() may take in all, 1 to 60, default 5.
     * - `connect_timeout`: seconds to connect, 1 to 60, default 10.
     * - `timeout`: seconds that one request of pull(), sync() or pushPending() may take, 1 to 600, default 60.
     * - `page_size`: changes asked for at a time, 1 to 512, default 512.
     * - `batch`: contacts fetched by one request, 1 to 100, default 10.
     * - `concurrency`: how many processes send requests to the mailbox at the same time, 1 to 10, default 2; all pairs of the
     *   mailbox on this database server count together, check() and plan() do not count. A pull has its turn until its end, a
     *   push for its delivery. A push without a turn waits for half of `push_timeout` and then answers `Queued`; with 1 that is
     *   so for as long as a pull runs.
     * - `item_classes`: which items are contacts, default `['IPM.Contact']`; `IPM.Contact.*` also means forms of one's own.
     *   What else is in the folder is left alone and counted by `SyncReport::skipped()`.
     * - `private_items`: `sync` (default) or `leave_out`. One that is left out becomes no row; a contact that turns private
     *   is detached: row and item stay as they are until it turns back. A setting that is changed counts for an item from its
     *   next change on, and for unknown items from the next comparison of the whole folder (once a day, or
     *   `state()->reset()`).
     * - `ca_file`: a file with certificates in PEM that are trusted in place of this machine's, such as those of a company's own
     *   authority. `client_certificate`: a file with our certificate and its private key, unencrypted, in PEM, for a server that
     *   wants to see one. Full paths; they are read when the first connection is made.
     * - `pinned_certificate`: the SHA-256 fingerprint of the server's own certificate, 64 hexadecimal digits with or without
     *   colons, or a list of them for the time of a renewal. The certificate has to verify all the same; one of another
     *   fingerprint is refused, whoever issued it.
     * - `proxy`: `http://user:password@proxy.example.com:3128`. Without it none is used, whatever the environment says.
     * - `allow_plain_http`: true lets the password travel unencrypted to another machine.
     *
     * `mysql` is `mysql://user:password@host:port/database`, with `?socket=/path` for a Unix socket, and
     * for TLS `?require_ssl=true`, `?ssl_ca=/path/ca.pem`, `?verify_ca=false`, `?verify_identity=false`.
     *
     * Keys of `contacts`:
     * - `table`, `key`: the table and its unique, not nullable key column. Defaults: `contacts`, `id`.
     * - `map`: column => property. A property is a name of the EWS schema: `GivenName`, `Surname`, `Body`,
     *   `Birthday`, `Categories`, `EmailAddress1` … `3` or the list `EmailAddresses`, `MobilePhone`, `BusinessAddress.Street`, …, or an extended one:
     *   `extended:Vip#Boolean`, `extended:PublicStrings/CustomerId`, `extended:Address/32849`, `extended:0x3A45`, also as
     *   `['property' => 'extended:Vip', 'type' => 'boolean']`. docs/mapping.md has them all, and what columns hold them. Left
     *   out, the mapping is guessed from common column names; `plan()->mapping()` shows the guess.
     *   `data->phones.mobile` is a place in the JSON document of the column `data` (JSON or text), named by the
     *   keys of its objects; a list such as `Categories` is an array there. Several properties may share a column.
     *   A change touches that value alone, and makes the objects on the way to it where they are missing or null;
     *   what else the document holds stays as it is. An empty value loses its key. A row whose document is no JSON,
     *   or has something else than an object on the way, is held with the reason, and the document left alone.
     * - `children`: tables with rows that belong to contacts, each as one of
     *   `['table' => 'contact_phones', 'contact' => 'contact_id', 'slot' => 'kind', 'value' => 'number',
     *     'map' => ['mobile' => 'MobilePhone', 'work' => 'BusinessPhone']]`: a row for each slot; `slot` is the column that
     *   says which one, `value` the column with its value;
     *   `['table' => 'contact_addresses', 'contact' => 'contact_id', 'slot' => 'type',
     *     'map' => ['work' => ['street' => 'BusinessAddress.Street', 'city' => 'BusinessAddress.City']]]`: several columns a row;
     *   `['table' => 'contact_tags', 'contact' => 'contact_id', 'value' => 'tag', 'list' => 'Categories']`: a row for each entry.
     *   `contact` has the contact's key and needs an index that begins with it. Rows of other slots are never touched. A slot whose
     *   values all become empty loses its row, unless that holds something in other columns (apart from keys, defaults and times such
     *   as `created_at`). Two rows for one slot: the contact is held with the reason, and both are left alone. Deleting a
     *   contact deletes its mapped rows first; what else refers to it holds it. install() makes triggers on these tables too.
     * - `notes`: `text` (default) or `html`: `Body` in the mapping then means `HtmlBody`, notes as HTML that a web page may show
     *   (no scripts, styles, handlers, frames). What Outlook formats is never flattened by other changes either way.
     * - `photo_dir`: the absolute path of the folder of photos, where the column of `Photo` is a text column with paths below it.
     * - `photo_limit`: the most bytes of a photo, 1024 to 8388608, default 2097152. A larger one in the table is held, one in Exchange
     *   is left alone on both sides.
     * - `computed`: what no table can say, in groups of columns and properties that two callables turn into each other:
     *   `['columns' => ['full_name', 'phone_raw'], 'properties' => ['GivenName', 'Surname', 'MobilePhone'],
     *     'toExchange' => fn (array $row): array => [...], 'fromExchange' => fn (array $contact, array $row): array => [...]]`.
     *   `toExchange` gets the columns as the database gives them (int, float, null, and everything else as string; dates and times
     *   as their text, `TIMESTAMP` in UTC) and returns each of the properties, null for an empty one. `fromExchange` gets the
     *   properties (string, int, float, bool, list of strings, a date as `YYYY-MM-DD`, a time as `YYYY-MM-DDTHH:MM:SSZ`, null when
     *   empty), and the columns as they are, nothing but null for a new row; it returns the columns, and those that it leaves out
     *   stay as they are. They are called while nothing is locked, again only when a value of the group has changed, and should
     *   give the same for the same. What they throw, or return wrongly, holds that contact alone, with the reason; nothing of it is
     *   written. A column or property is in one place only. When your code comes to answer otherwise, give the group another
     *   `version` (int or string): its contacts are then computed anew.
     * - `modified`: a column with the time of the last edit; used for `newest` where there are no triggers.
     * - `timezone`: the zone of `modified`, `UTC` (default) or a name such as `Europe/Berlin`.
     * - `scope`: column => value; only such rows are meant, and new rows get these values.
     * - `mark`: the column that is set to the current time when `remote_delete` is `mark`.
     *
     * Keys of `policy`:
     * - `conflict`: who wins when both sides changed one property differently: `newest` (default),
     *   `exchange`, `webapp`, or a callable (below). The other value is kept in conflicts().
     * - `remote_delete`: what a deletion in Exchange does to the row: `delete` (default), `mark`, `keep`.
     * - `edit_vs_delete`: edited on one side, deleted on the other: `edit` (default, it lives on) or `delete`.
     * - `max_deletes`, `max_delete_share`: when the deletions of one pull are more than both this number
     *   (default 10) and this share of the linked contacts (0 to 1, default 0.2), none of them happens
     *   before confirmDeletes(). The same holds for rows that vanish in masses, and, where there are triggers
     *   or were, for the delivery of rows that changed in masses past them, as in a restore of the table.
     * - `wait_for_pull`: one process at a time pulls a pair; another one waits for so many whole seconds (0 to 600,
     *   default 0) until it throws a BusyException. A process that is killed keeps nobody waiting.
     * - `email_overflow`: where the addresses of a list that is mapped to `EmailAddresses` go when Exchange's three slots are
     *   full: `hold` (default, the list waits in held(), all else goes on), `extended` (an extended property of ours, which
     *   Outlook does not show) or `notes` (a line of the item's notes).
     *
     * A resolver gets the property's name, both values, the last value both sides agreed on (null also where
     * Conflict::base() is), and all other mapped values of the contact; it returns the value to keep.
     *
     * `pair` names this pair where several share a database; default: made of table, mailbox and folder.
     * `logger` is a PSR-3 logger.
     *
     * @param array{
     *     exchange: array{
     *         kind?: 'ews'|'graph',
     *         url?: non-empty-string,
     *         tenant?: non-empty-string,
     *         client_id?: non-empty-string,
     *         client_secret?: non-empty-string,
     *         certificate?: non-empty-string,
     *         cloud?: 'global'|'us_government'|'us_defense'|'china',
     *         autodiscover?: array{prefer?: 'external'|'internal', allow?: list<non-empty-string>},
     *         username?: non-empty-string,
     *         password?: string,
     *         auth?: 'basic'|'ntlm'|'kerberos'|'oauth',
     *         channel_binding?: bool,
     *         kerberos?: array{
     *             realm?: non-empty-string,
     *             kdc?: non-empty-string,
     *             keytab?: non-empty-string,
     *             spn?: non-empty-string
     *         },
     *         oauth?: array{
     *             tenant?: non-empty-string,
     *             client_id?: non-empty-string,
     *             client_secret?: non-empty-string,
     *             certificate?: non-empty-string,
     *             authority?: non-empty-string,
     *             scope?: non-empty-string,
     *             token?: non-empty-string|callable(): string
     *         },
     *         mailbox: non-empty-string,
     *         access?: 'self'|'delegate'|'impersonation',
     *         folder?: non-empty-string|array{id: non-empty-string},
     *         create_folder?: bool,
     *         push_timeout?: int|float,
     *         connect_timeout?: int|float,
     *         timeout?: int|float,
     *         page_size?: int<1, 512>,
     *         batch?: int<1, 100>,
     *         concurrency?: int<1, 10>,
     *         item_classes?: non-empty-list<non-empty-string>,
     *         private_items?: 'sync'|'leave_out',
     *         ca_file?: non-empty-string,
     *         client_certificate?: non-empty-string,
     *         pinned_certificate?: non-empty-string|non-empty-list<non-empty-string>,
     *         proxy?: non-empty-string,
     *         allow_plain_http?: bool
     *     },
     *     mysql: non-empty-string,
     *     contacts?: array{
     *         table?: non-empty-string,
     *         key?: non-empty-string,
     *         map?: non-empty-array<non-empty-string, non-empty-string>,
     *         children?: list<array{
     *             table: non-empty-string,
     *             contact: non-empty-string,
     *             slot?: non-empty-string,
     *             value?: non-empty-string,
     *             map?: non-empty-array<int|non-empty-string, non-empty-string|non-empty-array<non-empty-string, non-empty-string>>,
     *             list?: non-empty-string
     *         }>,
     *         notes?: 'text'|'html',
     *         photo_dir?: non-empty-string,
     *         photo_limit?: int<1024, 8388608>,
     *         computed?: list<array{
     *             columns: non-empty-list<non-empty-string>,
     *             properties: non-empty-list<non-empty-string|array{property: non-empty-string, type?: non-empty-string}>,
     *             toExchange: callable(array<string, int|float|string|null>): array<string, mixed>,
     *             fromExchange: callable(array<string, mixed>, array<string, int|float|string|null>): array<string, mixed>,
     *             version?: int|string
     *         }>,
     *         modified?: non-empty-string,
     *         timezone?: non-empty-string,
     *         scope?: array<non-empty-string, int|string>,
     *         mark?: non-empty-string
     *     },
     *     policy?: array{
     *         conflict?: 'newest'|'exchange'|'webapp'|callable(string, string|list<string>|null, string|list<string>|null, string|list<string>|null, array<string, string|list<string>>): (string|list<string>|null),
     *         remote_delete?: 'delete'|'mark'|'keep',
     *         edit_vs_delete?: 'edit'|'delete',
     *         max_deletes?: int<0, max>,
     *         max_delete_share?: float,
     *         wait_for_pull?: int<0, 600>,
     *         email_overflow?: 'hold'|'extended'|'notes'
     *     },
     *     pair?: non-empty-string,
     *     logger?: \Psr\Log\LoggerInterface|null
     * } $config
     *
     * @throws ConfigException a key is missing, unknown or has a wrong value; the message names it as
     *                         `exchange.url` and says what was expected
     */
    public function __construct(#[\SensitiveParameter] array $config)
    {
        throw new \Error('stub');
    }

    /**
     * Makes the extension's own tables (all named `ecs_…`) and the triggers on the contacts table and its `children`.
     *
     * Can be called at any time: it makes what is missing, upgrades what is old and leaves the rest. The
     * account in `mysql` becomes the triggers' definer, so it must stay: without it every save of the app fails. `check()` notices
     * that, and install() by another account mends it. Where triggers may not be made, a
     * warning goes to the logger, and changed rows are found by comparing; `check()` says so too.
     *
     * @throws ConfigException the table, its key or a column that the configuration names does not exist
     * @throws StoreException  MySQL cannot be reached or refuses
     */
    public function install(): void
    {
        throw new \Error('stub');
    }

    /**
     * Removes this pair's triggers and data, and the tables when no other pair is left. Contacts stay on
     * both sides. Works also when the table or its triggers are damaged or gone.
     *
     * @throws StoreException
     */
    public function uninstall(): void
    {
        throw new \Error('stub');
    }

    /**
     * The statements that install() would run, for a database where only an administrator may.
     *
     * Each entry is one whole statement, to be sent as it is (no delimiter is needed). Reads the table's
     * columns, writes nothing.
     *
     * @return list<string>
     *
     * @throws ConfigException
     * @throws StoreException
     */
    public function installSql(): array
    {
        throw new \Error('stub');
    }

    /**
     * Brings one contact to Exchange: call it after every save or delete of the row.
     *
     * The change is durable before anything is sent. It never throws for what Exchange does: when Exchange
     * is down, slow or refuses, the outcome is Queued, error() says why, and pushPending() delivers later.
     * Takes at most `exchange.push_timeout` seconds. Within a transaction of the app the outcome is Queued,
     * since nobody else can see the row yet.
     *
     * @param int|string $id the row's key; `12` and `"12"` are the same row
     *
     * @throws ConfigException the table does not have the named columns
     * @throws StoreException  MySQL cannot be reached, or install() has not been called
     */
    public function push(int|string $id): PushResult
    {
        throw new \Error('stub');
    }

    /**
     * Delivers every change that waits to be sent to Exchange, oldest first.
     *
     * The callback gets the stage (`push`), how many are done and, if known, of how many; returning false ends
     * the work cleanly after the current contact, and the report's complete() is false.
     *
     * When Exchange fails before anything is sent, this throws. When it fails in between, the report's failure() says
     * why. Either way, what is not sent still waits.
     *
     * @param (callable(string $stage, int $done, ?int $total): (bool|void))|null $progress
     *
     * @throws AuthException     Exchange refuses the account
     * @throws ExchangeException Exchange cannot be reached, or failed a while ago and is left alone until a later try is due
     * @throws StoreException
     * @throws ConfigException
     */
    public function pushPending(?callable $progress = null): SyncReport
    {
        throw new \Error('stub');
    }

    /**
     * Brings what changed in Exchange since the last pull into the table: call it from cron.
     *
     * Stages of the callback: `pull` (pages are read and applied), `settle` (deletions and doubtful contacts,
     * at the end of the list). Returning false ends the pull cleanly after the current page; the next one goes on there.
     *
     * A signal with a handler (`pcntl_async_signals(true)`) and a time limit that is over end a request in flight at once, in
     * every call: pull(), sync() and pushPending() return a report that is not complete, push() gives Queued, others throw an
     * `Exception`; then the handler runs. Nothing is lost by that: the next call goes on.
     *
     * @param (callable(string $stage, int $done, ?int $total): (bool|void))|null $progress
     *
     * After a failure of Exchange nothing is sent for a while, in no process: for as long as the server said, else from 5
     * seconds (60 when it refused the account) up to 10 minutes (an hour), longer with every failure in a row. A call that
     * comes earlier throws the same kind of exception at once. check() ends the wait when it succeeds.
     *
     * @throws BusyException     another process pulls this pair just now, and did so for all of `policy.wait_for_pull`; or as
     *                           many as `exchange.concurrency` permits were sending to the mailbox, for longer than a push takes
     * @throws AuthException     Exchange refuses the account
     * @throws ExchangeException Exchange cannot be reached, the folder does not exist, or it fails as a whole
     * @throws StoreException
     * @throws ConfigException
     */
    public function pull(?callable $progress = null): SyncReport
    {
        throw new \Error('stub');
    }

    /**
     * A pull and a pushPending as one round, reported together. Where the pull fails, it throws and nothing is
     * pushed.
     *
     * @param (callable(string $stage, int $done, ?int $total): (bool|void))|null $progress
     *
     * @throws BusyException
     * @throws AuthException
     * @throws ExchangeException
     * @throws StoreException
     * @throws ConfigException
     */
    public function sync(?callable $progress = null): SyncReport
    {
        throw new \Error('stub');
    }

    /**
     * What the next sync() would do, without writing anything on either side. Reads both sides in full.
     *
     * @throws AuthException
     * @throws ExchangeException
     * @throws StoreException
     * @throws ConfigException
     */
    public function plan(): SyncPlan
    {
        throw new \Error('stub');
    }

    /**
     * Moves this pair to the kind of server that is configured, or without an argument only looks whether that
     * would succeed: called with `exchange.kind` set to `graph` for a pair that was synced over EWS.
     *
     * The items stay the same, their ids are others. Each is asked for by its old id, 1 000 in a request; what the
     * server does not translate is found by the stamp that this extension puts on items, then by what it holds. The
     * list of the whole folder is compared with what was found. No contact is written, in MySQL or in Exchange. Until
     * the switch, which is one transaction, the pair goes on over the old server: stop its cron job, or let it wait,
     * but saves may go on. Whatever ends a move early, call it again: it goes on.
     *
     * A push from a process with the other configuration is `Queued`, before the switch and after it; other calls of
     * it throw a ConfigException. The first pull after the switch compares everything once.
     *
     * It is refused, with the reason in the report, when so many items are missing that the next pull would have to
     * ask before it deletes their rows ({@see confirmDeletes()}).
     *
     * @param bool $apply true: move the pair
     * @param (callable(string $stage, int $done, ?int $total): (bool|void))|null $progress the stage is `move`; false
     *     stops, and the report says so
     *
     * @throws BusyException another process is pulling this pair
     * @throws AuthException
     * @throws ExchangeException
     * @throws StoreException another process is moving this pair
     * @throws ConfigException the pair was never in step, or another pair has the folder
     */
    public function migrate(bool $apply = false, ?callable $progress = null): MigrationReport
    {
        throw new \Error('stub');
    }

    /**
     * Where this pair stands. Asks MySQL only.
     *
     * @throws StoreException
     */
    public function state(): SyncState
    {
        throw new \Error('stub');
    }

    /**
     * Puts the place in Exchange's list of changes back to where a saved state was; used when a system
     * moves. A state of another folder is refused.
     *
     * @throws ConfigException the state belongs to another folder or another kind of server
     * @throws StoreException
     */
    public function restore(SyncState $state): void
    {
        throw new \Error('stub');
    }

    /**
     * Properties that were changed on both sides, with the value that lost; oldest first.
     *
     * @return list<Conflict>
     *
     * @throws StoreException
     */
    public function conflicts(): array
    {
        throw new \Error('stub');
    }

    /**
     * Takes a conflict off the list: a human has seen it. An unknown id is ignored.
     *
     * @param int $id Conflict::id()
     *
     * @throws StoreException
     */
    public function acknowledge(int $id): void
    {
        throw new \Error('stub');
    }

    /**
     * Contacts that could not be applied, with the reason, oldest first. They are tried again when they change,
     * from time to time, and by retry().
     *
     * @return list<HeldContact>
     *
     * @throws StoreException
     */
    public function held(): array
    {
        throw new \Error('stub');
    }

    /**
     * Tries a held contact again now.
     *
     * @param int|string $id a row's key, or HeldContact::id()
     *
     * @throws StoreException
     * @throws ConfigException nothing is held under this id
     */
    public function retry(int|string $id): PushResult
    {
        throw new \Error('stub');
    }

    /**
     * Carries out what the guard stopped: exactly the set that the last report spoke of, each contact looked
     * at once more. That is, rows of items that are gone in Exchange, items of rows that have vanished, and
     * rows that differ in masses although no trigger noted a change (the table was restored or rebuilt):
     * those are delivered to Exchange. What came after the report is asked about by the next round.
     *
     * @throws BusyException
     * @throws AuthException
     * @throws ExchangeException
     * @throws StoreException
     */
    public function confirmDeletes(): SyncReport
    {
        throw new \Error('stub');
    }

    /**
     * Connects to both sides and says step by step what works. Throws nothing: what fails is a step. Exchange is asked also
     * while it is left alone after a failure; when it answers, that is over for all processes.
     *
     * `status` is `ok`, `warning` (it works, and something about it should be looked after) or `failure`; `ok` is false for a
     * failure only. `message` says what was found, and what to do about it. A step that could not be tried because of an
     * earlier one is left out.
     *
     * Steps: `mysql.connect` (place and version), `mysql.sql_mode`, `mysql.table` (and the mapping), `mysql.charset`, `mysql.tables` (ours,
     * and their version), `mysql.trigger_rights` (before the installation), `mysql.triggers`, `mysql.privileges`; `exchange.autodiscover` (where that is asked), `exchange.token` (over Microsoft Graph), `exchange.dns`,
     * `exchange.tcp`, `exchange.tls` (whose certificate, and for how many days), `exchange.http`, `exchange.schemes` (ways of logging
     * in that are offered), `exchange.login`, `exchange.folder`, `exchange.rights` (to create, change and delete), `exchange.clock`,
     * `exchange.throttling`. Nothing is written to either side. Whether a save of the app is noted is tried on one row, in a
     * transaction that is rolled back.
     *
     * @return list<array{step: string, ok: bool, status: 'ok'|'warning'|'failure', message: string}>
     */
    public function check(): array
    {
        throw new \Error('stub');
    }
}
