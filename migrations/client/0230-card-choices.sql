-- Where a card's value differed from the one in the form (src-shared/readers/card-choice.ts). Lines from before say nothing.

-- JSON {field: {took, other}}: which of the two was kept, and the value that was not.
ALTER TABLE change_log ADD COLUMN card_choices TEXT;
