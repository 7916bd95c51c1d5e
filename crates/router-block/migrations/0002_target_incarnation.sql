-- Which life of the target's database a move began with (protocol §3).
alter table placement add column target_incarnation text;
