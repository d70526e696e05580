-- Whether a message of a removal request said that a minor is depicted: what completes a request need not say it again.
ALTER TABLE removal_requests ADD COLUMN minor boolean NOT NULL DEFAULT false;
