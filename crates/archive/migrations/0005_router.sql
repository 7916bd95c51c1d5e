-- Which router leads (protocol §3): changed by compare-and-set on its generation.
create table router (
    single boolean not null default true constraint router_pkey primary key
        constraint router_single check (single),
    generation bigint not null constraint router_generation_positive check (generation > 0),
    leader text not null constraint router_leader_named check (leader <> ''),
    reason text not null,
    decided_by text not null
);

-- Every row that ever was, for people.
create table router_history (
    generation bigint not null constraint router_history_pkey primary key,
    leader text not null,
    reason text not null,
    decided_by text not null,
    set_at timestamptz not null
);

insert into router (generation, leader, reason, decided_by)
values (1, 'router', 'the first', 'archive');
insert into router_history (generation, leader, reason, decided_by, set_at)
values (1, 'router', 'the first', 'archive', now());
