// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title An account that opens logs and challenges, and receives its deposits badly
/// @notice For tests.
contract Recipient {
    enum Manner {
        Accepts,
        Reverts,
        BurnsAllGas,
        ReturnsMuch,
        CallsBack,
        BurnsSome
    }

    Manner public manner;
    uint256 public burn;
    address private target;
    bytes private callback;
    bool public calledBack;

    /// @notice Sets how the next deposits are received.
    function receiveBy(Manner manner_, uint256 burn_) external {
        (manner, burn) = (manner_, burn_);
    }

    /// @notice Sets what `CallsBack` calls.
    function callBack(address target_, bytes calldata callback_) external {
        (manner, target, callback) = (Manner.CallsBack, target_, callback_);
    }

    /// @notice Calls on, with the value sent; reverts as the call does.
    function run(address to, bytes calldata data) external payable returns (bytes memory) {
        return _call(to, data, gasleft());
    }

    /// @notice As `run`, with only this much gas for the call.
    function runWithGas(address to, bytes calldata data, uint256 amount) external payable returns (bytes memory) {
        return _call(to, data, amount);
    }

    receive() external payable {
        if (manner == Manner.Reverts) revert();
        if (manner == Manner.BurnsAllGas) while (true) {}
        if (manner == Manner.ReturnsMuch) {
            assembly {
                revert(0, 60000)
            }
        }
        if (manner == Manner.BurnsSome) {
            uint256 until = gasleft() - burn;
            while (gasleft() > until) {}
        }
        if (manner == Manner.CallsBack) {
            (calledBack,) = target.call(callback);
        }
    }

    function _call(address to, bytes calldata data, uint256 amount) private returns (bytes memory) {
        (bool done, bytes memory returned) = to.call{value: msg.value, gas: amount}(data);
        if (!done) {
            assembly {
                revert(add(returned, 32), mload(returned))
            }
        }
        return returned;
    }
}
