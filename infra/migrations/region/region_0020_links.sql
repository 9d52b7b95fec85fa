-- One-time links, by which a traveller without an account enters documents. The keeper's to make, open and use: web can forge none.
create table gate.entry_link (
  id uuid primary key,
  org_id uuid not null,
  passenger_id uuid not null,
  trip_id uuid not null,
  leg_id uuid not null,
  locale text not null,
  made_by uuid not null references gate.account (id),
  made_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > made_at),
  opened_at timestamptz,
  claim uuid unique,                    -- the submission under way, or the one that completed it
  claimed_until timestamptz,
  completed_at timestamptz,
  withdrawn_at timestamptz,
  expired_at timestamptz                -- when its end was stated in the ledger
);
create unique index entry_link_live on gate.entry_link (passenger_id, trip_id)
  where completed_at is null and withdrawn_at is null and expired_at is null;
create index entry_link_org on gate.entry_link (org_id, made_at);

-- Each mail that had to be written anew has a token of its own; of each only the hash stands here, and any of them works once for all.
create table gate.entry_link_token (
  token_hash bytea primary key check (length(token_hash) = 32),
  link_id uuid not null references gate.entry_link (id),
  issued_at timestamptz not null
);
create index entry_link_token_link on gate.entry_link_token (link_id);
grant select, insert, update on gate.entry_link to wx_keeper;
grant select, insert, delete on gate.entry_link_token to wx_keeper;

-- What an organisation sees of its links: how far each is, nothing that opens one.
create view gate.entry_link_list with (security_barrier) as
  select id, org_id, passenger_id, trip_id, leg_id, locale, made_at, expires_at, opened_at, completed_at, withdrawn_at, expired_at
  from gate.entry_link
  where org_id = (select nullif(current_setting('wx.org', true), '')::uuid);
grant select on gate.entry_link_list to wx_as_booker, wx_as_client_admin;

-- The submission that the keeper let through becomes final in the transaction that stores what it sealed, once.
create function gate.complete_entry_link(claim uuid, at timestamptz) returns boolean
language sql volatile security definer set search_path = pg_catalog, gate, pg_temp as $$
  update gate.entry_link l set completed_at = $2
  where l.claim = $1 and l.claimed_until > $2 and l.completed_at is null and l.withdrawn_at is null and l.expired_at is null
  returning true
$$;
revoke all on function gate.complete_entry_link(uuid, timestamptz) from public;
grant execute on function gate.complete_entry_link(uuid, timestamptz) to wx_as_traveller;

-- Whom the worker writes to about a link: nobody, where it is no longer to be used.
create function entry_link_mail(link uuid)
returns table (org_id uuid, passenger_id uuid, trip_id uuid, email text, locale text, org text, expires_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp rows 1 as $$
  select l.org_id, l.passenger_id, l.trip_id, p.email, l.locale, o.name, l.expires_at
    from gate.entry_link l join passenger p on p.id = l.passenger_id join organisation o on o.id = l.org_id
   where l.id = $1 and l.completed_at is null and l.withdrawn_at is null and l.expired_at is null
$$;
revoke all on function entry_link_mail(uuid) from public;
grant execute on function entry_link_mail(uuid) to wx_as_worker;

-- Who has a link made promises its mail, and sees what became of that mail.
create policy links_promise on outbox for insert to wx_as_booker, wx_as_client_admin with check (topic = 'mail-entry-link');
grant insert on outbox to wx_as_booker, wx_as_client_admin;
create policy links_deliver on delivery for insert to wx_as_booker, wx_as_client_admin
  with check (org_id = (select nullif(current_setting('wx.org', true), '')::uuid) and about in (select id from gate.entry_link_list));
create policy links_delivered on delivery for select to wx_as_booker, wx_as_client_admin
  using (org_id = (select nullif(current_setting('wx.org', true), '')::uuid) and about in (select id from gate.entry_link_list));
grant insert on delivery to wx_as_booker, wx_as_client_admin;
grant select (id, org_id, about, state, failure, sent_at, created_at) on delivery to wx_as_booker, wx_as_client_admin;
