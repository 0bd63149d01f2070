"""Load flows in over real sockets and figures flow out, each beside a baseline measured in the same minute."""
