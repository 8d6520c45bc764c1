"""What skeletons tell about the objects that they were drawn in."""
