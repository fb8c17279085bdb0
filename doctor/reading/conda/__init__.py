"""What conda, mamba, rattler and pixi write: records, history, condarc, channels."""
