-- When the clerk took back an op that was set aside: from then on nothing repairs it and it is not decided anew.
ALTER TABLE set_aside ADD COLUMN withdrawn_at INTEGER;
