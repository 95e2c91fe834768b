import pytest
from tools.import_budget import BUDGETS, VERIFYING, Budget, exceeded, main, modules

from tools import import_budget


@pytest.mark.requirement("users:U103:light-core")
@pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: budget.name)
def test_the_budget_is_held(budget):
    """Users.md U101 to U103; tokens.md section 7."""
    assert exceeded(budget) == []


def test_verifying_loads_nothing_that_building_did_not():
    """The cost is paid at start-up, never by the first request."""
    assert "watchword.jose.jwt.verifier" in modules(VERIFYING)


def test_an_exceeded_budget_is_a_fault(monkeypatch, capsys):
    tight = Budget("tight", "import json", "pass", 1.0, 0, ("json",))
    assert len(exceeded(tight)) == 2
    monkeypatch.setattr(import_budget, "BUDGETS", (tight,))
    assert main() == 1
    assert "tight loads json" in capsys.readouterr().err
