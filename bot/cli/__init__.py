"""The command line: the one place that knows everybody and wires everything together."""
