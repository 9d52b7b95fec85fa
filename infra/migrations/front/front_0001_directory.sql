-- The front door: which cells there are, and to which of them a sign-in belongs. Nothing here names anybody.
create table cell (
  region text primary key check (region ~ '^[a-z]{2}$'),
  url text not null
);

-- HMAC-SHA256 of a client's sign-in domain, under the front door's own key.
create table sign_in_domain (
  digest bytea primary key check (length(digest) = 32),
  region text not null check (region ~ '^[a-z]{2}$')
);
-- The regions among which every other domain is placed. Written once: a changed list would show who is unknown.
create table placement (
  position integer primary key check (position >= 0),
  region text not null unique check (region ~ '^[a-z]{2}$')
);
create function placement_is_frozen() returns trigger language plpgsql as $$
begin
  raise exception 'placement is frozen' using errcode = 'integrity_constraint_violation';
end $$;
create trigger frozen before update or delete or truncate on placement
  for each statement execute function placement_is_frozen();

grant select on cell, sign_in_domain, placement to wx_front;
