"""`python -m service` is `tally`."""

from service.cli.main import main

if __name__ == "__main__":
    main()
