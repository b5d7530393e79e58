"""What built-in sheets are about, all invented: names, groups, and numbers in ranges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of numbers from `low` to `high` hundredths, in steps of so many hundredths."""

    title: str
    low: int
    high: int
    step: int
    number_format: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A kind of table: a name and a group in each row, and some measures."""

    about: str
    key: str
    names: tuple[str, ...]
    group: str
    groups: tuple[str, ...]
    measures: tuple[Measure, ...]
    addable: bool = False
    """Whether the measures of a row can be added up: they are of the same kind."""
    total: str = "Total"


def _whole(title: str, low: int, high: int) -> Measure:
    return Measure(title, 100 * low, 100 * high, 100, "0")


def _money(title: str, low: int, high: int) -> Measure:
    return Measure(title, 100 * low, 100 * high, 10, "0.00")


def _tenths(title: str, low: int, high: int) -> Measure:
    return Measure(title, 100 * low, 100 * high, 10, "0.0")


_PEOPLE = (
    "Aurel",
    "Britta",
    "Casimir",
    "Dorothea",
    "Emeka",
    "Fabiola",
    "Gunnar",
    "Hedda",
    "Ismail",
    "Jolanda",
    "Kenji",
    "Livia",
    "Marcin",
    "Noemi",
    "Oskar",
    "Pilar",
)

THEMES = (
    Theme(
        "the stock of a shop",
        "Item",
        (
            "Lamp",
            "Kettle",
            "Basket",
            "Mirror",
            "Candle",
            "Cushion",
            "Teapot",
            "Vase",
            "Clock",
            "Tray",
            "Blanket",
            "Broom",
        ),
        "Shelf",
        ("North", "South", "Window"),
        (_money("Price", 3, 60), _whole("Quantity", 2, 90), _money("Cost", 1, 40)),
    ),
    Theme(
        "the marks of a class",
        "Student",
        _PEOPLE,
        "Group",
        ("Red", "Green", "Blue"),
        (_whole("Maths", 40, 99), _whole("Physics", 40, 99), _whole("History", 40, 99)),
        addable=True,
        total="Overall",
    ),
    Theme(
        "the hours of a team",
        "Worker",
        _PEOPLE,
        "Shift",
        ("Early", "Late", "Night"),
        (_tenths("Monday", 2, 9), _tenths("Tuesday", 2, 9), _tenths("Friday", 2, 9)),
        addable=True,
        total="Hours",
    ),
    Theme(
        "the orders of a bakery",
        "Customer",
        (
            "Cafe Plum",
            "Hotel Alder",
            "Bistro Finch",
            "School Kitchen",
            "Station Kiosk",
            "Clinic Canteen",
            "Tea Room",
            "Youth Club",
            "Golf Bar",
            "Ferry Shop",
        ),
        "Status",
        ("Open", "Paid", "Cancelled"),
        (_whole("Loaves", 5, 80), _whole("Rolls", 10, 200), _whole("Cakes", 1, 30)),
        addable=True,
        total="Pieces",
    ),
    Theme(
        "the plants of a nursery",
        "Plant",
        (
            "Aster",
            "Begonia",
            "Clematis",
            "Dahlia",
            "Erica",
            "Fuchsia",
            "Gentian",
            "Hosta",
            "Iris",
            "Lupin",
            "Mallow",
            "Peony",
        ),
        "House",
        ("Glass", "Foil", "Open Air"),
        (_tenths("Height", 5, 90), _whole("Pots", 3, 120), _money("Price", 2, 25)),
    ),
    Theme(
        "the rooms of a conference centre",
        "Room",
        (
            "Amber",
            "Birch",
            "Copper",
            "Delta",
            "Elm",
            "Flint",
            "Granite",
            "Heron",
            "Ivory",
            "Juniper",
        ),
        "Wing",
        ("East", "West", "Tower"),
        (_whole("Seats", 8, 150), _money("Rent", 20, 400), _whole("Screens", 1, 12)),
    ),
    Theme(
        "the repairs of a garage",
        "Job",
        (
            "Brake Pads",
            "Clutch",
            "Exhaust",
            "Gearbox",
            "Headlight",
            "Oil Change",
            "Radiator",
            "Starter",
            "Tyre Set",
            "Window Lift",
        ),
        "State",
        ("Waiting", "Running", "Done"),
        (_tenths("Hours", 1, 12), _money("Parts", 10, 300), _money("Labour", 20, 500)),
    ),
    Theme(
        "the times of a relay",
        "Runner",
        _PEOPLE,
        "Club",
        ("Falcons", "Otters", "Comets"),
        (_tenths("Lap 1", 50, 80), _tenths("Lap 2", 50, 80), _tenths("Lap 3", 50, 80)),
        addable=True,
        total="Time",
    ),
    Theme(
        "the harvest of a farm",
        "Crop",
        (
            "Barley",
            "Beans",
            "Carrots",
            "Hops",
            "Kale",
            "Leeks",
            "Maize",
            "Oats",
            "Onions",
            "Peas",
            "Rye",
            "Spelt",
        ),
        "Field",
        ("Upper", "Lower", "River"),
        (
            _tenths("First Year", 10, 95),
            _tenths("Second Year", 10, 95),
            _tenths("Third Year", 10, 95),
        ),
        addable=True,
        total="Sum",
    ),
    Theme(
        "the tours of a travel office",
        "Tour",
        (
            "Castle Walk",
            "Dune Ride",
            "Fjord Trip",
            "Ghost Lane",
            "Harbour Round",
            "Mill Path",
            "Old Town",
            "Salt Mine",
            "Silver Lake",
            "Wine Road",
        ),
        "Season",
        ("Spring", "Summer", "Autumn"),
        (_whole("Guests", 4, 60), _money("Fee", 8, 95), _whole("Stops", 2, 15)),
    ),
)
