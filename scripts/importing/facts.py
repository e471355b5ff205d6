"""What is known about a model, and from where. Nothing here is ever guessed."""


class MissingFact(SystemExit):
    pass


class Facts:
    """Values by option name. An option wins over the file; what comes from where is printed."""

    def __init__(self, options, show=print):
        self.options = options
        self.file = {}
        self.show = show
        self.shown = set()

    def found(self, option, value, where):
        """A value that the model's own file, or the rules of its format, give."""
        self.file[option] = (value, where)

    def get(self, option, why, default=None):
        """The value of --OPTION; MissingFact, naming the option, when nobody says it.

        @param why      what the value decides, for the message
        @param default  (value, where) that a format's rules give; never a guess about a model
        """
        value = getattr(self.options, option.replace("-", "_"), None)
        where = f"option --{option}"
        if value is None:
            value, where = self.file.get(option, default or (None, None))
        elif option in self.file and self.file[option][0] != value:
            where += f", instead of {plain(self.file[option][0])} {self.file[option][1]}"
        if value is None:
            raise MissingFact(
                f"error: the model's file does not say {why}: give --{option} (see --help)"
            )
        if option not in self.shown:
            self.shown.add(option)
            self.show(f"  {option:<17} {plain(value)}   ({where})")
        return value


def plain(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        items = [plain(v) for v in value]
        shown = items if len(items) <= 12 else items[:12] + [f"… {len(items)} in all"]
        return ", ".join(shown)
    if isinstance(value, dict):
        return " ".join(f"{k}={plain(v)}" for k, v in value.items())
    return str(value)
