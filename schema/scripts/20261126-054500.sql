-- Whoever asks what is firing, or in bad health, finds those few without a look at every state.
-- A check that changes neither still updates its row in place.

create index alert_states_burning_idx on alert_states (alert_id) where state = 'firing' or health <> 'fine';
