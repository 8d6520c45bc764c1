"""Pictures of skeletons, and views to turn in a browser."""

from kimimaro.view.figure import figure, save_figure
from kimimaro.view.html import save_page
from kimimaro.view.neuroglancer import viewer

__all__ = ["figure", "save_figure", "save_page", "viewer"]
