-- What an archive in recovery has stored without a verdict is looked for by every round of the
-- relay that has nothing else to do; mostly there is none.
create index batch_unjudged on batch (batch) where unjudged;
