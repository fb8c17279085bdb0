"""What carrying out a plan is made of: guards, steps, creation anew, and the proof."""
