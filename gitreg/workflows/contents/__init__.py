"""What lies beside a record: its files and tables of points, read, grown, made to fit, and united where two sides added to them."""
