"""`python -m gitreg`: the same as the command `gitreg`."""

from gitreg.cli import main

if __name__ == "__main__":
    main()
