"""Pictures of skeletons."""

from kimimaro.view.figure import figure, save_figure

__all__ = ["figure", "save_figure"]
