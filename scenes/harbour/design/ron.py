"""Writes values as RON text."""


def number(value, digits=3):
    """A number with no more digits than it needs."""
    text = (
        f"{value:.{digits}f}".rstrip("0").rstrip(".")
        if "." in f"{value:.{digits}f}"
        else f"{value:.{digits}f}"
    )
    return "0" if text in ("-0", "") else text


def decimal(value, digits=2):
    """A number that is read as one with a decimal point."""
    text = number(value, digits)
    return text if "." in text else text + ".0"


def quantity(value, unit="", digits=3):
    return f'"{number(value, digits)} {unit}"' if unit else f'"{number(value, digits)}"'


def string(value):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mapping(pairs):
    """`{ "name": value }`, the values being text already."""
    return "{ " + ", ".join(f"{string(name)}: {value}" for name, value in pairs) + " }"


def fields(pairs):
    """`(name: value)`, without what is empty."""
    return "(" + ", ".join(f"{name}: {value}" for name, value in pairs if value) + ")"


def block(comment, lines):
    """A commented group of lines, indented as the entries of a list."""
    text = [f"        // {line}" for line in comment.split("\n")] if comment else []
    return text + [f"        {line}," for line in lines] + [""]
