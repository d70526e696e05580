-- What authorities ordered, the newest first: the desk's list.
CREATE INDEX inbox_authority_orders ON inbox (tenant, received_at, message_id) WHERE kind = 'authority_order';
