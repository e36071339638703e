//! How a key is activated, by the service that it is for.

/// What to do with a key of `service`, as titles and suppliers name it, in a few sentences.
#[must_use]
pub fn instructions(service: Option<&str>) -> &'static str {
    let service = service.unwrap_or_default().to_lowercase();
    let is = |name: &str| service.contains(name);
    if is("steam") {
        "Open Steam and sign in. Choose Games, then “Activate a Product on Steam”, and enter the key."
    } else if is("gog") {
        "Sign in at gog.com/redeem and enter the key. The game is then in your GOG library."
    } else if is("epic") {
        "Open the Epic Games Launcher and sign in. Choose your account, then “Redeem code”, and enter the key."
    } else if is("ubisoft") || is("uplay") {
        "Open Ubisoft Connect and sign in. Choose the menu, then “Activate a key”, and enter the key."
    } else if is("ea app") || is("origin") || is("ea play") {
        "Open the EA app and sign in. Choose “My collection”, then “Redeem code”, and enter the key."
    } else if is("battle.net") || is("blizzard") {
        "Sign in at Battle.net, choose “Redeem a code” in your account, and enter the key."
    } else if is("rockstar") {
        "Open the Rockstar Games Launcher and sign in. Choose your account, then “Redeem code”, and enter the key."
    } else if is("xbox") || is("microsoft") {
        "Sign in at microsoft.com/redeem with the account of your Xbox or PC, and enter the key."
    } else if is("playstation") || is("psn") {
        "On the console or at store.playstation.com, choose “Redeem codes”, and enter the key."
    } else if is("nintendo") {
        "Open the Nintendo eShop, choose “Enter code”, and enter the key."
    } else {
        "Enter the key where the game's service asks for a product key or a code, usually in your account there."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_instructions_of_its_own() {
        let services = [
            "Steam",
            "GOG.com",
            "Epic Games",
            "Ubisoft Connect",
            "Origin",
            "Battle.net",
            "Rockstar Games",
            "Xbox Live",
            "PlayStation Network",
            "Nintendo",
        ];
        let mut told: Vec<&str> = services.iter().map(|name| instructions(Some(name))).collect();
        told.push(instructions(None));
        let count = told.len();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), count);
        assert_eq!(instructions(Some("Uplay")), instructions(Some("Ubisoft Connect")));
    }
}
