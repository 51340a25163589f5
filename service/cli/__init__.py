"""The command line, `tally`. Each subcommand is a module with a click command named `command`."""
