"""The errors that this package raises on purpose."""


class RewardError(Exception):
    """Base of the errors below."""


class MissingData(RewardError):
    """A run or a data file is not where it was said to be."""


class BadData(RewardError):
    """A data file is not what its format allows, or there is nothing of use in it."""


class MissingDependency(RewardError):
    """An optional dependency is not installed."""


class BadSetting(RewardError):
    """A setting has a value that it cannot have."""


class BadModel(RewardError):
    """A model's folder lacks something, or does not fit the model that it is for."""
