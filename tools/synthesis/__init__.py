"""From notes to sound: sound banks and their player, sounds made from nothing, the mix."""
