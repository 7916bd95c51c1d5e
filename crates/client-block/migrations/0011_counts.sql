-- For what the block says of itself, and for what removes copies of foreign customers: counted
-- without reading tables whole.
create index customer_to_load on customer (home, slice, (coalesce(loaded_generation, 0)));
create index session_live on session (idle_until) where revoked_at is null;
create index login_challenge_customer on login_challenge (customer_id);
