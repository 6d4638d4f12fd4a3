"""Taking from budgets."""

from wardkey.ports import World
from wardkey.rate_limits.rules import Budget, allowance
from wardkey.vocabulary import EmailKey, Origin, network_of


async def take(world: World, budget: Budget, key: str) -> int:
    """Spend one; answers 0, or the seconds to wait where nothing was left."""
    allowed = allowance(budget, world.settings.limits)
    count, left_s = await world.counters.add(_name(budget, key), allowed.window_s)
    return left_s if count > allowed.count else 0


async def wait_for(world: World, budget: Budget, key: str) -> int:
    """Ask without spending: 0, or the seconds until something is left."""
    allowed = allowance(budget, world.settings.limits)
    count, left_s = await world.counters.add(_name(budget, key), allowed.window_s, amount=0)
    return left_s if count >= allowed.count else 0


async def give_back(world: World, budget: Budget, key: str) -> None:
    """Undo one `take`, where what it was for could not be done."""
    await world.counters.add(_name(budget, key), allowance(budget, world.settings.limits).window_s, amount=-1)


async def forget(world: World, budget: Budget, key: str) -> None:
    """Give a budget back whole, after a success."""
    await world.counters.reset(_name(budget, key))


async def take_mail(world: World, purpose: str, key: EmailKey, origin: Origin) -> int:
    """Spend one link mailed to an address on a network's wish; answers 0, or the seconds to wait."""
    pair = await take(world, Budget.MAIL_PAIR, f"{network_of(origin.ip)} {mailed(purpose, key)}")
    return pair or await take(world, Budget.MAIL_ADDRESS, mailed(purpose, key))


def mailed(purpose: str, key: EmailKey) -> str:
    """Links of each purpose have a budget of their own, so that a stranger's sign-ups keep nobody from a reset link."""
    return f"{purpose} {key}"


def _name(budget: Budget, key: str) -> str:
    return f"{budget}:{key}"
