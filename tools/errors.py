"""What can go wrong in a music tool.

* MusicToolError          fit to show the user; the only thing turned into a tool message
  * AudioDecodeError      the file is not audio we can read
  * AudioTooShortError    too little signal for this estimator
  * NoMusicError          nothing to hear: silence, or no pitch where a pitch is needed
  * WeightsError          model weights are absent, refused by the licence policy, or damaged
  * UnknownTrackError     no such track
  * AnnotationError       an estimator broke the annotation conventions (our bug)
* Cancelled               the user asked to stop; not an error and never shown as one
"""


class MusicToolError(Exception):
    """A tool could not do its work; the message is fit to show the user."""


class AudioDecodeError(MusicToolError):
    """The file is not audio we can read."""


class AudioTooShortError(MusicToolError):
    """There is too little signal for this estimator."""


class NoMusicError(MusicToolError):
    """There is nothing to hear: silence, or no pitch where a pitch is needed."""


class WeightsError(MusicToolError):
    """Model weights are absent, refused by the licence policy, or damaged."""


class UnknownTrackError(MusicToolError):
    """The track asked for was never opened."""


class AnnotationError(MusicToolError, ValueError):
    """An estimator broke the annotation conventions."""


class Cancelled(Exception):
    """The user asked to stop; raised out of a progress callback."""
