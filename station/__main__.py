"""`python -m station` is `station`."""

from station.cli import main

raise SystemExit(main())
