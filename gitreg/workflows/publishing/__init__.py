"""Between clones: fetching, joining and pushing branches of candidates, and changes of the accepted branch. Knows refs and records, no reviews."""
