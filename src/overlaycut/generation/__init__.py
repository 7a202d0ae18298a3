"""From a shot of a project to what is asked of a generation service: prompts, inputs, prepared stills, next steps.

Nothing here makes a call.
"""
