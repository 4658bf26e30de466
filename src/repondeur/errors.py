"""Everything that can fail for a reason a person can understand.

RepondeurError
├── ReviewError
│   ├── EmptyReview
│   └── ReviewTooLong
├── NotApproved
├── EngineError
│   ├── EngineCrashed        the engine process died
│   ├── EngineUnresponsive   it did not answer in time and was killed
│   ├── EngineMissing        it could not be started
│   ├── OutOfMemory          the computer's memory is too small for the job
│   ├── PromptTooLong        the review does not fit the model's context
│   └── EmptyDraft           the model wrote nothing usable
├── ModelFileError
│   ├── ModelMissing
│   ├── ModelEmpty
│   ├── ModelTruncated
│   ├── NotAModel
│   ├── ModelUnsupported
│   └── ModelTooLarge
├── JournalError
│   ├── JournalDamaged
│   ├── JournalNewer
│   ├── JournalLocked        the journal is not open yet (no key)
│   ├── JournalBusy          another program holds the file
│   ├── DiskFull
│   └── JournalUnwritable    a read-only folder or file
├── SecretKeyError
│   ├── KeyRingUnavailable   no key ring that keeps secrets answers
│   ├── KeyRingLocked        it is there and stays locked
│   ├── KeyMissing           a journal stands here and its key is nowhere
│   ├── WrongKey             the key found does not open this journal
│   ├── WrongPassphrase
│   ├── WeakPassphrase
│   └── KeyFileDamaged
├── SettingsDamaged
└── AlreadyRunning

Each class owns one French sentence in ``ui/messages.py``. Anything outside this tree is a bug.
"""


class RepondeurError(Exception):
    """The world failed, not the program: a person is told what happened and what to do."""


class ReviewError(RepondeurError):
    """The pasted review cannot be answered."""


class EmptyReview(ReviewError):
    """There is nothing to answer: no text and no stars."""


class ReviewTooLong(ReviewError):
    """More text than any review site accepts."""


class NotApproved(RepondeurError):
    """The text was neither edited nor approved, so it stays inside."""


class EngineError(RepondeurError):
    """The engine process could not do a job."""


class EngineCrashed(EngineError):
    """The engine process died while it worked."""


class EngineUnresponsive(EngineError):
    """The engine gave no sign of life in time and was killed."""


class EngineMissing(EngineError):
    """The engine process could not be started."""


class OutOfMemory(EngineError):
    """The computer's memory is too small for the job."""


class PromptTooLong(EngineError):
    """The prompt does not fit the model's context."""


class EmptyDraft(EngineError):
    """The model wrote nothing usable."""


class ModelFileError(RepondeurError):
    """A model file cannot be used."""


class ModelMissing(ModelFileError):
    """The file is not there."""


class ModelEmpty(ModelFileError):
    """The file holds nothing."""


class ModelTruncated(ModelFileError):
    """The file ends before the data that it declares."""


class NotAModel(ModelFileError):
    """The file is no GGUF, or a malformed one."""


class ModelUnsupported(ModelFileError):
    """A well-formed GGUF of a kind that the engine does not run."""


class ModelTooLarge(ModelFileError):
    """The model needs more memory than the computer has free."""


class JournalError(RepondeurError):
    """The journal cannot be read or written."""


class JournalDamaged(JournalError):
    """The file's pages do not authenticate or do not fit together."""


class JournalNewer(JournalError):
    """The file was written by a newer version of the program; it is left untouched."""


class JournalLocked(JournalError):
    """The journal is not open: its key has not been given yet."""


class JournalBusy(JournalError):
    """Another program holds the file."""


class DiskFull(JournalError):
    """The disk has no room for the record."""


class JournalUnwritable(JournalError):
    """The folder or the file is read-only."""


class SecretKeyError(RepondeurError):
    """The journal's key cannot be had."""


class KeyRingUnavailable(SecretKeyError):
    """No key ring that really keeps secrets answers on this computer."""


class KeyRingLocked(SecretKeyError):
    """The key ring is there and stays locked."""


class KeyMissing(SecretKeyError):
    """A journal stands here and its key is nowhere to be found."""


class WrongKey(SecretKeyError):
    """The key found is not the one of this journal."""


class WrongPassphrase(SecretKeyError):
    """The passphrase does not unwrap the key."""


class WeakPassphrase(SecretKeyError):
    """The passphrase is too short to protect anything."""


class KeyFileDamaged(SecretKeyError):
    """The small file that holds the wrapped key cannot be read."""


class SettingsDamaged(RepondeurError):
    """The settings file cannot be read; it was set aside and defaults are used."""


class AlreadyRunning(RepondeurError):
    """Another window of the program works on the same folder."""
