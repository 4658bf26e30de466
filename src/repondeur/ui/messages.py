"""The words for what goes wrong: one French sentence a class of error, saying what happened and what to do."""

from repondeur import errors as e

SENTENCES: dict[type[e.RepondeurError], str] = {
    e.RepondeurError: "Quelque chose n’a pas fonctionné. Rien n’est perdu : recommencez.",
    e.ReviewError: "Cet avis ne peut pas être lu. Collez-le de nouveau.",
    e.EmptyReview: "Il n’y a pas encore d’avis. Collez le texte du client, ou choisissez ses étoiles.",
    e.ReviewTooLong: "Ce texte est trop long pour un avis (8 000 caractères au plus). Il reste à l’écran : "
    "gardez la partie à laquelle vous répondez.",
    e.NotApproved: "Relisez d’abord : modifiez la réponse ou approuvez-la, puis copiez-la.",
    e.EngineError: "Le rédacteur n’a pas pu travailler. Votre texte est intact : recommencez.",
    e.EngineCrashed: "Le rédacteur s’est arrêté en cours de route. Votre texte est intact ; il repartira à la prochaine "
    "demande.",
    e.EngineUnresponsive: "Le rédacteur ne répondait plus et a été arrêté. Fermez les programmes inutiles, puis "
    "recommencez.",
    e.EngineMissing: "Le rédacteur n’a pas pu démarrer. Réinstallez Répondeur ; vos réponses et réglages sont gardés.",
    e.OutOfMemory: "L’ordinateur manque de mémoire. Fermez des programmes, puis recommencez ; votre texte est gardé.",
    e.PromptTooLong: "Cet avis est trop long pour le rédacteur. Gardez la partie à laquelle vous répondez.",
    e.EmptyDraft: "Le rédacteur n’a rien écrit d’utilisable. Essayez « Autre proposition », ou écrivez vous-même.",
    e.ModelFileError: "Ce fichier de rédacteur ne peut pas être utilisé. Le rédacteur en place est gardé.",
    e.ModelMissing: "Le fichier du rédacteur est introuvable. Rebranchez la clé USB ou revenez au rédacteur fourni.",
    e.ModelEmpty: "Ce fichier est vide. Téléchargez-le de nouveau ; le rédacteur en place est gardé.",
    e.ModelTruncated: "Ce fichier est incomplet : le téléchargement s’est interrompu. Recommencez-le ; le rédacteur en "
    "place est gardé.",
    e.NotAModel: "Ce fichier n’est pas un rédacteur pour Répondeur. Le rédacteur en place est gardé.",
    e.ModelUnsupported: "Ce rédacteur n’est pas d’une sorte que Répondeur sait utiliser. Le rédacteur en place est gardé.",
    e.ModelTooLarge: "Ce rédacteur demande plus de mémoire que cet ordinateur n’en a de libre. Le rédacteur en place est "
    "gardé.",
    e.JournalError: "Le journal n’a pas pu être écrit. Rien n’a été copié : recommencez.",
    e.JournalDamaged: "Le journal est abîmé et n’a pas été touché. Gardez le dossier tel quel et restaurez une "
    "sauvegarde.",
    e.JournalNewer: "Ce journal vient d’une version plus récente de Répondeur. Il n’a pas été touché : installez la "
    "nouvelle version.",
    e.JournalLocked: "Le journal n’est pas ouvert : sans lui, rien ne peut être copié. Ouvrez-le d’abord.",
    e.JournalBusy: "Un autre programme occupe le journal. Fermez-le, puis recommencez ; rien n’a été copié.",
    e.DiskFull: "Le disque est plein : la réponse n’a pas pu être notée, donc rien n’a été copié. Libérez de la place, "
    "puis recommencez.",
    e.JournalUnwritable: "Le dossier de Répondeur est en lecture seule : rien n’a été noté ni copié. Rendez-lui le droit "
    "d’écriture, puis recommencez.",
    e.SecretKeyError: "La clé du journal n’a pas pu être lue. Rien n’a été modifié.",
    e.KeyRingUnavailable: "Cet ordinateur n’a pas de trousseau de mots de passe qui réponde. Une phrase de passe "
    "protégera le journal.",
    e.KeyRingLocked: "Le trousseau de mots de passe de l’ordinateur est verrouillé. Déverrouillez-le, puis réessayez.",
    e.KeyMissing: "Un journal est là, mais sa clé est introuvable. Il n’a pas été touché : ouvrez la session habituelle "
    "de l’ordinateur, ou restaurez une sauvegarde.",
    e.WrongKey: "La clé trouvée n’est pas celle de ce journal. Il n’a pas été touché.",
    e.WrongPassphrase: "Ce n’est pas la bonne phrase de passe. Vérifiez les majuscules et réessayez.",
    e.WeakPassphrase: "Cette phrase est trop courte : prenez au moins 8 caractères, par exemple trois mots.",
    e.KeyFileDamaged: "Le fichier de clé est abîmé. Le journal n’a pas été touché : restaurez une sauvegarde.",
    e.SettingsDamaged: "Les réglages étaient illisibles : ils ont été mis de côté et ceux d’origine sont utilisés.",
    e.AlreadyRunning: "Répondeur est déjà ouvert. Retrouvez sa fenêtre ; celle-ci se ferme, rien n’est perdu.",
}


def sentence(error: BaseException) -> str:
    """Return the French sentence for ``error``; a class without its own takes its nearest parent's.

    Anything outside our tree is told as unexpected, without its text: that may hold private words.
    """
    for kind in type(error).__mro__:
        if kind in SENTENCES:
            return SENTENCES[kind]
    if isinstance(error, OSError):
        return "Un fichier n’a pas pu être écrit. Vérifiez la place sur le disque et le droit d’écriture, puis recommencez."
    return "Une erreur imprévue est survenue. Votre texte est gardé ; fermez puis rouvrez Répondeur si elle revient."
