"""From a fresh clone to a verified environment, and advice for whoever begins.

    onboarding = look(folder, wishes, state)              reads files only; again after every step
    for step in onboarding.steps: ...                      each with what it does, what it takes, and its way back
    step = prepare(onboarding.next, onboarding, say=say)   its plan; package managers may be asked what would change
    for event in take(step, onboarding, stop=stop): ...    one step, as an operation that envdoctor undo takes back
    verdict = verify(onboarding, say=say)                  examined, and compared with the team's baseline
    text = summary(onboarding, verdict)                    Markdown to paste

They live in doctor.onboard.looking, taking, verifying and summary; doctor.onboard.data has what they hand on.
"""
