-- The world queue: open work of every region, without anybody's name. What is not a closed code here is a time or a random number.
create table cell_token (
  region text primary key check (region ~ '^[a-z]{2}$'),
  digest bytea not null check (length(digest) = 32)      -- SHA-256 of the token that this cell reports with
);
create table work_report (
  region text primary key check (region ~ '^[a-z]{2}$'),
  told_at timestamptz not null
);
create table work_item (
  region text not null check (region ~ '^[a-z]{2}$'),
  id uuid not null,                                      -- random, made in the cell; only there it leads anywhere
  kind text not null check (kind ~ '^[a-z_]{1,32}$'),
  language text not null check (language ~ '^[A-Za-z-]{2,12}$'),
  team text not null check (team ~ '^[a-z_]{1,32}$'),
  opened_at timestamptz not null,
  due_at timestamptz,                                    -- null: nothing is owed
  warn_at timestamptz,                                   -- from when on it is due soon
  primary key (region, id)
);
create index work_item_due on work_item (due_at nulls last, opened_at);

grant select on cell_token to wx_front;
grant select, insert, update on work_report to wx_front;
grant select, insert, delete on work_item to wx_front;
