"""The public database of statements of reasons (DSA Art. 24(5)), as its API answers a platform's filings."""
