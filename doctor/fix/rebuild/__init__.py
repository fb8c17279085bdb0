"""Creates an environment anew: what is needed for that as a plan's step, and carrying it out for one folder."""

from doctor.fix.rebuild.creation import create
from doctor.fix.rebuild.deciding import plan_rebuild
from doctor.fix.rebuild.differences import changes_of, download_of

__all__ = ["changes_of", "create", "download_of", "plan_rebuild"]
