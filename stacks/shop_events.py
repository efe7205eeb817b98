"""`python -m stacks.shop_events PREFIX`: what the shop would write into Kafka, a record a line, as long as it is read.

For a local DLI with a real Kafka: `dli emulator start --runner flink-kafka --feed "... -m stacks.shop_events dev"`.
What happens is a function of the time alone, so that no order is made twice and none is left out when it is started
again: it goes on from `FEED_SINCE`, or begins three hours ago.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final, NamedTuple

HISTORY: Final = 3 * 3600  # seconds of the past that there are at the first start: some hours that are over
LATEST: Final = 300  # seconds by which the last of an hour's orders come late
_LONGEST: Final = 600  # seconds from an order to all that follows from it
_BURST_EVERY: Final = 240  # seconds between two who guess at a card number
_DELIVERY_EVERY: Final = 20
_ARTICLES: Final = 24
_CURRENCIES: Final = ("EUR", "EUR", "EUR", "USD", "GBP")
_WAREHOUSES: Final = ("HAM", "LYO", "BCN")


class ShopEvent(NamedTuple):
    """What the shop writes: when (epoch seconds), where to, under which key, and what."""

    sent: float
    topic: str
    key: str
    value: dict[str, Any]


def events(since: float) -> Iterator[ShopEvent]:
    """All that is written from `since` on, in order, without end."""
    waiting: list[tuple[float, int, ShopEvent]] = []
    number = count()
    for second in count(int(since) - _LONGEST):
        for event in _begun_in(second):
            heappush(waiting, (event.sent, next(number), event))
        # Nothing is written before it has begun: what begins later does not come in between.
        while waiting and waiting[0][0] < second + 1:
            event = heappop(waiting)[2]
            if event.sent >= since:
                yield event


def _begun_in(second: int) -> Iterator[ShopEvent]:
    """Everything that begins in a second."""
    chance = random.Random(second)
    if chance.random() < 0.5:
        yield from _order(second, chance)
    if second % _DELIVERY_EVERY == 0:
        yield from _delivery(second, chance)
    if second % _BURST_EVERY == 0:
        yield from _guesses(second, chance)


def _order(second: int, chance: random.Random) -> Iterator[ShopEvent]:
    """An order, the attempts to pay it, and the goods that leave a warehouse for it."""
    ordered = second + chance.random()
    # A few customers order much. Most orders arrive at once, some in half a minute, and a few after their hour is over.
    customer = 1 + int(5000 * chance.random() ** 3)
    delays = (chance.random(), chance.uniform(5, 50), chance.uniform(70, LATEST))
    (delay,) = chance.choices(delays, (94, 5, 1))
    order: dict[str, Any] = {
        "order_id": f"o-{second}",
        "customer_id": customer,
        "amount": round(chance.lognormvariate(3.3, 0.8), 2),
        "currency": chance.choice(_CURRENCIES),
        "ordered_at": iso(ordered),
    }
    yield ShopEvent(ordered + delay, "orders", f"o-{second}", order)
    paid, attempt, declined = ordered, 0, True
    while declined and attempt < 3:
        paid += chance.uniform(5, 60)
        attempt += 1
        declined = chance.random() < 0.06
        yield _payment(f"p-{second}-{attempt}", _card(customer), order, paid, declined, chance)
    sold = -chance.choice((1, 1, 1, 2, 3))
    yield _movement(_article(chance), chance.choice(_WAREHOUSES), sold, paid + chance.uniform(5, 60))


def _guesses(second: int, chance: random.Random) -> Iterator[ShopEvent]:
    """Somebody guesses at a card: declined again and again, then accepted."""
    goods = {"amount": round(chance.uniform(200, 900), 2), "currency": "EUR"}
    card, paid = _card(1_000_000 + second), float(second)
    times = chance.randint(3, 6)
    for number in range(times + 1):
        paid += chance.uniform(3, 12)
        yield _payment(f"g-{second}-{number}", card, goods, paid, number < times, chance)


def _delivery(second: int, chance: random.Random) -> Iterator[ShopEvent]:
    brought = chance.randrange(20, 80, 10)
    yield _movement(_article(chance), chance.choice(_WAREHOUSES), brought, second + chance.random())


def _payment(
    name: str, card: str, goods: dict[str, Any], paid: float, declined: bool, chance: random.Random
) -> ShopEvent:
    outcome = "DECLINED" if declined else "APPROVED"
    value = {"payment_id": name, "card_hash": card, "amount": goods["amount"], "currency": goods["currency"]}
    # Well within the ten seconds that the watermark of payments allows: whoever looks for fraud cannot wait.
    return ShopEvent(
        paid + chance.uniform(0, 3), "payments", card, {**value, "outcome": outcome, "paid_at": iso(paid)}
    )


def _movement(article: str, warehouse: str, quantity: int, moved: float) -> ShopEvent:
    value = {"article": article, "warehouse": warehouse, "quantity": quantity, "moved_at": iso(moved)}
    return ShopEvent(moved, "stock_movements", f"{article}/{warehouse}", value)


def _article(chance: random.Random) -> str:
    """Of a few articles much is sold."""
    return f"a-{1 + int(chance.paretovariate(1)) % _ARTICLES}"


def _card(customer: int) -> str:
    return hashlib.sha256(str(customer).encode()).hexdigest()[:16]


def iso(moment: float) -> str:
    """A moment as JSON has it in these topics."""
    exactly = datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="milliseconds")
    return exactly.replace("+00:00", "Z")


def main(prefix: str, since: float) -> None:
    """Write for ever; the reader's end is ours."""
    for event in events(since):
        if (early := event.sent - time.time()) > 0:
            sys.stdout.flush()
            time.sleep(early)
        record = {"topic": f"{prefix}.{event.topic}", "key": event.key, "value": event.value}
        # Told by when it was sent: from there it goes on when it is started again.
        sys.stdout.write(json.dumps({**record, "at": int(event.sent * 1000)}) + "\n")


if __name__ == "__main__":
    past = os.environ.get("FEED_SINCE")
    with suppress(BrokenPipeError, KeyboardInterrupt):
        main(sys.argv[1], float(past) + 0.001 if past else time.time() - HISTORY)
