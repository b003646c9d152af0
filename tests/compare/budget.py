"""Counts a Pabulib file by Equal Shares with raised shares, by the reference library (pabutools).

Prints one JSON object: the winners, and the seconds that counting took, reading left out.
"""

import json
import sys
import time

from pabutools.election import Cost_Sat, parse_pabulib
from pabutools.rules import method_of_equal_shares
from pabutools.fractions import str_as_frac

path, step = sys.argv[1], sys.argv[2]
instance, profile = parse_pabulib(path)
began = time.monotonic()
winners = method_of_equal_shares(
    instance,
    profile.as_multiprofile(),
    sat_class=Cost_Sat,
    voter_budget_increment=str_as_frac(step),
)
seconds = time.monotonic() - began
print(json.dumps({"winners": sorted(project.name for project in winners), "seconds": seconds}))
