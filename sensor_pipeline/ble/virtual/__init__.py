"""A radio without a radio: simulated sensors on bumble's virtual controllers. Needs the extra ``[virtual]``."""
