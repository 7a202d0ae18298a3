"""An edit plan and frames into repaired frames: estimate, segment, fill, composite, cover, retypeset."""
