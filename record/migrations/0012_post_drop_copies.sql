-- Its work is fingerprints' now.
DROP TABLE copies;
